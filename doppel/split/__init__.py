"""What is held out."""
