"""What is private in a message: found, and replaced by something of the same shape."""
