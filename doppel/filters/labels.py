"""Keeps what a data set labels as wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.filters.mark import break_mark

if TYPE_CHECKING:
    from doppel.types import Message


class Labels:
    """Leaves out messages with another label, such as an emotion or a subject; conversations end there.

    Where the label is of a whole conversation, as in EmpatheticDialogues, all of it goes. What has no label stays.
    """

    def __init__(self, *, keep: list[str]) -> None:
        self.keep = frozenset(label.casefold() for label in keep)
        self.why = f"with a label other than {', '.join(keep)}; conversations end there"

    def __call__(self, message: Message) -> Message:
        """The message where its label is wanted, else the mark of a break."""
        label = message.label
        return message if label is None or label.casefold() in self.keep else break_mark(message)
