"""What survives an interruption."""
