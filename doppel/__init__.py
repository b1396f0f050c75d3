"""doppel: a chat history becomes a model that talks like its author."""
