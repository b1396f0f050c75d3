"""The errors a user can cause. Each names the fault, the value seen, what is accepted and the override to type."""


class DoppelError(Exception):
    """A fault of the user's input: shown as its text alone, never with a traceback."""


class ConfigError(DoppelError):
    """The composed config is wrong: a key, a value, or a combination."""


class DataError(DoppelError):
    """The chat data cannot be used: the file, its content, or what is left of it."""


class ModelError(DoppelError):
    """The model, its tokenizer or a checkpoint cannot be had or does not fit."""


class RunError(DoppelError):
    """A run directory is missing, damaged, in use, or not what the command needs."""
