"""Secrets of nobody, planted in training to measure how much of what is said once a model keeps."""
