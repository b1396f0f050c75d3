"""Whether a run fits, how long it takes and what it costs, told from its training step without a GPU and weights."""
