"""How tokens become tensors."""
