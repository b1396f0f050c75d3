"""When a reply begins, and how long each of its messages is typed."""
