"""What is made small, and how it is counted."""
