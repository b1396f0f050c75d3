"""From a sample to tokens: the exact text, which of it is learnt, and the way back from text to messages."""
