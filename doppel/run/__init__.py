"""The run directory: all that a run was, and all that repeating it needs."""
