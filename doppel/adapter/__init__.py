"""What of a model is trained, and how it is kept."""
