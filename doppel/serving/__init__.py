"""Ways to talk over a network, safe by default."""
