"""What was made before: stored messages, and prepared data kept by what it was made of."""
