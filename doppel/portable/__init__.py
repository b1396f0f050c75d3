"""A trained model for other programs: GGUF, quantised, with an Ollama Modelfile; and a page on the hub."""
