"""The bot's log: numbers and kinds, on the console and in a file that is its owner's; never words, never the token."""

from __future__ import annotations

import logging

LINES = "%(asctime)s %(levelname)s %(message)s"
HIDDEN = "[token]"


class WithoutToken(logging.Formatter):
    """Lines in which the token stands nowhere, whatever a library puts into an error."""

    def __init__(self, token: str) -> None:
        super().__init__(LINES)
        self.token = token

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return super().format(record).replace(self.token, HIDDEN)


def log_to(file: logging.Handler | None, token: str) -> None:
    """What this package logs goes to the console and the file; what libraries log stays unsaid."""
    handlers: list[logging.Handler] = [logging.StreamHandler(), *([file] if file else [])]
    for handler in handlers:
        handler.setFormatter(WithoutToken(token))
    logging.getLogger().addHandler(logging.NullHandler())
    own = logging.getLogger(__package__)
    own.setLevel(logging.INFO)
    own.handlers = handlers
    own.propagate = False
