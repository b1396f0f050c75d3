"""From overrides to one checked, plain config."""
