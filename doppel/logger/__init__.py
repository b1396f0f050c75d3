"""Where numbers are written."""
