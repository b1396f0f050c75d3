"""How weights and arithmetic are stored."""
