"""Rules that look at what was said and choose how the answer is to be."""
