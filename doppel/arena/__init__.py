"""People guess which of two replies is real, or more like the person: moments, guesses, and what follows from them."""
