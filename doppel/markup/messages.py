"""Several messages in one text and back, exactly, whatever they contain.

parse(join(messages)) == messages for messages that are not empty. What is generated may hold empty ones: they are left
out, as nothing can be sent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from doppel.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class PrefixedMessages:
    r"""Every message begins with a prefix: `>>> hi\n>>> how are you`, after doppelganger (furiousteabag).

    A later line of a message that itself looks like a beginning gets a space in front, one more if it has some.
    Raises: ConfigError for a prefix that is blank or of several lines.
    """

    def __init__(self, prefix: str) -> None:
        if not prefix.strip() or "\n" in prefix:
            raise ConfigError(
                f"markup.message_prefix is {prefix!r}: it must be visible and in one line. "
                "Type for example markup.message_prefix='>>> ', or take markup=chatml, which has none"
            )
        self.prefix = prefix
        self.looks_like_beginning = re.compile(" *" + re.escape(prefix))

    def join(self, messages: Sequence[str]) -> str:
        """The messages as one text."""
        return "\n".join(self.prefix + self._one(message) for message in messages)

    def _one(self, message: str) -> str:
        first, *rest = message.split("\n")
        return "\n".join([first, *(" " + line if self.looks_like_beginning.match(line) else line for line in rest)])

    def parse(self, text: str) -> tuple[str, ...]:
        """The messages of a text; words before the first prefix are a message too."""
        messages: list[list[str]] = []
        for line in text.split("\n"):
            if line.startswith(self.prefix):
                messages.append([line.removeprefix(self.prefix)])
            elif messages:
                messages[-1].append(line[1:] if self.looks_like_beginning.match(line) else line)
            elif line:
                # A bare prefix loses its trailing blank where a tokenizer or a generation strips it.
                messages.append(["" if line == self.prefix.rstrip() else line])
        return sendable("\n".join(lines) for lines in messages)


class MessagePerLine:
    r"""Every line is a message: `hi\nhow are you`; a later line of the same message is indented by one space.

    A message that itself begins with a space gets a backslash in front, as does one that begins with backslashes and a
    space: rare, and nothing is lost.
    """

    looks_indented = re.compile(r"\\* ")

    def join(self, messages: Sequence[str]) -> str:
        """The messages as one text."""
        return "\n".join(self._one(message) for message in messages)

    def _one(self, message: str) -> str:
        text = message.replace("\n", "\n ")
        return "\\" + text if self.looks_indented.match(text) else text

    def parse(self, text: str) -> tuple[str, ...]:
        """The messages of a text."""
        messages: list[list[str]] = []
        for line in text.split("\n"):
            if line.startswith(" ") and messages:
                messages[-1].append(line[1:])
            else:
                is_escaped = line.startswith("\\") and self.looks_indented.match(line)
                messages.append([line[1:] if is_escaped else line])
        return sendable("\n".join(lines) for lines in messages)


def sendable(messages: Iterable[str]) -> tuple[str, ...]:
    """The messages that are not empty."""
    return tuple(message for message in messages if message)
