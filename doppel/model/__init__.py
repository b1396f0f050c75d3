"""The base model and its tokenizer: from a folder, the hub, a package or a seed."""
