"""Samples in the shapes that other trainers read."""
