"""What came of a preparation, for a person to read: numbers, plots, samples."""
