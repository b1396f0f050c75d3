"""What is left out, one rule a file, each counted."""
