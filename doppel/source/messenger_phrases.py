"""What Meta itself writes into the words of a message, in the languages of messenger_words.txt.

In other languages, and in other forms, such sentences are not known here, and stay words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from doppel.source.phrases import phrases

if TYPE_CHECKING:
    from collections.abc import Collection


def _plain(text: str) -> str:
    return text.strip(" .").casefold()


PHRASES = phrases("messenger_words.txt")
NOTICES, DONE, SENT, SENT_BY_ME = (
    frozenset(map(_plain, PHRASES[section])) for section in ("notice", "did", "sent", "sent by me")
)
BEGINNINGS = PHRASES["begins"]
ADDING = ("added ", "removed ")  # are notices only about the group
ABOUT_GROUP = ("to the group.", "from the group.")
CALLED = "called "
EMOJI = r"[^\w\s]{1,16}"  # with its joiners, without a letter: "Reacted badly to your message" is someone's own
REACTION = re.compile("|".join(re.escape(_plain(one)).replace(r"\*", EMOJI) for one in PHRASES["reaction"]))
LONGEST = max(len(one) for section in PHRASES.values() for one in section) + 20


def is_notice(text: str, sender: str, people: Collection[str] = ()) -> bool:
    """Whether the whole message says what happened (a call, a like, a change of the group), not what someone wrote.

    `people` are those of the thread: "You called Anna." tells of a call where Anna is one of them.
    """
    done = _after_name(text, sender)
    if len(done or text) <= LONGEST:
        plain = _plain(text)
        if plain in NOTICES or (not plain.isascii() and REACTION.fullmatch(_plain(done) if done else plain)):
            return True
    if done is None:
        return False
    if done.startswith(BEGINNINGS):
        return not done.startswith(ADDING) or done.endswith(ABOUT_GROUP)
    return _plain(done) in DONE or (done.startswith(CALLED) and done[len(CALLED) :].removesuffix(".") in people)


def is_attachment(text: str, sender: str) -> bool:
    """Whether the whole message says no more than that something was sent."""
    if len(text) > LONGEST + len(sender):
        return False
    done = _after_name(text, sender)
    return (done is not None and _plain(done) in SENT) or _plain(text) in SENT_BY_ME


def _after_name(text: str, sender: str) -> str | None:
    if text.startswith(sender) and text[len(sender) : len(sender) + 1] == " ":
        return text[len(sender) + 1 :]
    return text[len("You ") :] if text.startswith("You ") else None
