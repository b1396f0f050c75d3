"""Who speaks and what a chat is called, from what WhatsApp writes there."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath
from typing import TYPE_CHECKING

from doppel.source.phrases import UNMARKED, phrases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doppel.source.files import File

MAX_NAME_CHARS = 100  # a group's subject may have 100, a contact's name fewer
PHONE = re.compile(r"\+?[\d\s().\-\u2010\u2011]{6,}")
COPY = re.compile(r"\s?\(\d{1,2}\)$")  # what browsers and phones add to the name of a second download
TITLES = sorted(phrases("phrases.txt")["title"], key=len, reverse=True)
OWN_NAME = "_chat"  # how iPhones call the file inside the archive


def clean_name(written: str) -> str:
    """A name without invisible marks and the tilde of those who are no contacts; a phone number as + and digits."""
    name = unicodedata.normalize("NFC", written.translate(UNMARKED)).replace("\u00a0", " ").replace("\u202f", " ")
    name = name.strip().removeprefix("~").strip()
    if PHONE.fullmatch(name):
        digits = "".join(str(int(one)) for one in name if one.isdecimal())
        if len(digits) >= 6:
            return f"+{digits}" if name.startswith("+") else digits
    return name


def is_name(written: str) -> bool:
    """Whether the words before a colon may be a name, and not the half of a notice that quotes something."""
    quotes = written.count('"') % 2 or written.count("\u201c") != written.count("\u201d")
    return bool(clean_name(written)) and len(written) <= MAX_NAME_CHARS and not quotes


class Names:
    """Splits "Name: text". `joined` are the names that hold a colon themselves, by what stands before it."""

    def __init__(self, joined: Mapping[str, str]) -> None:
        self.joined = joined
        self.known: dict[str, tuple[str, str] | None] = {}  # as many as there are people, and notices with a colon

    def split(self, said: str) -> tuple[tuple[str, str] | None, str]:
        """((sender_id, sender_name), text); (None, text) for a notice of the program, which nobody said."""
        before, colon, text = said.partition(": ")
        if not colon:
            if not said.endswith(":"):
                return None, said
            before, text = said[:-1], ""
        if before in self.joined and text.startswith(f"{self.joined[before]}: "):
            before = f"{before}: {self.joined[before]}"
            text = said[len(before) + 2 :]
        if before not in self.known:
            name = clean_name(before)
            self.known[before] = (f"whatsapp:{name}", name) if is_name(before) else None
        sender = self.known[before]
        return sender, text if sender else said


class NameSurvey:
    """Counts who speaks, to tell names with a colon ("Dr: Anna") and whether more than two people speak."""

    def __init__(self) -> None:
        self.seen: dict[str, list[int | str]] = {}  # words before the first colon -> how often, what comes next

    def add(self, said: str) -> None:
        """Takes what follows the date and time of one message."""
        before, colon, text = said.partition(": ")
        if not colon:
            return
        following = text.partition(": ")[0] if ": " in text else ""
        entry = self.seen.get(before)
        if entry is None:
            self.seen[before] = [1, following]
            return
        entry[0] += 1  # type: ignore[operator]
        if entry[1] != following:
            entry[1] = ""

    def joined(self) -> dict[str, str]:
        """Words before the first colon -> the rest of the name, where that rest always follows, thrice at least."""
        return {
            before: str(following)
            for before, (count, following) in self.seen.items()
            if following and int(count) >= 3 and len(str(following)) <= MAX_NAME_CHARS
        }

    def speakers(self) -> int:
        """How many people seem to speak."""
        return len({clean_name(before) for before in self.seen if is_name(before)})


def is_called_after_its_place(file: File) -> bool:
    """Whether the file has the name that all chats have, so that its folder or archive tells whose it is."""
    return COPY.sub("", PurePath(file.name).stem) == OWN_NAME


def chat_name(file: File) -> str:
    """What the chat is called: from the name of the file, of its archive, or of its folder."""
    stem = PurePath(file.name).stem
    if is_called_after_its_place(file):
        inside = PurePath(file.member).parent.name if file.member else ""
        stem = inside or (file.path.stem if file.member else file.path.parent.name)
    plain = stem.replace("_", " ").casefold()
    for title in TITLES:
        if plain.startswith(title.casefold()):
            return clean_name(COPY.sub("", stem[len(title) :]).strip("_")) or stem
    return clean_name(stem) or stem
