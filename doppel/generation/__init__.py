"""How the next token is chosen: presets of sampling."""
