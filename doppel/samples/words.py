"""How a situation is said. The words come from the config, so that they can be in the language of the chats."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from doppel.errors import ConfigError

LISTS = {"weekdays": 7, "parts_of_day": 4}  # Monday first; from 0, 6, 12 and 18 o'clock on
LINES = {
    "moment": ("weekday", "part_of_day"),
    "minutes": ("number",),
    "hours": ("number",),
    "days": ("number",),
    "person": ("name",),
    "relative": ("name", "relationship"),
    "label": ("label",),
    "quote": ("name", "text"),
    "between": (),
}
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


class Words:
    """Fills in the lines of `samples.situation.words`; {name} and the like are places, and nothing else is read."""

    def __init__(self, words: dict[str, Any]) -> None:
        for key, size in LISTS.items():
            if not isinstance(words.get(key), list) or len(words[key]) != size:
                raise ConfigError(f"samples.situation.words.{key} must be a list of {size} words")
        for key in LINES:
            if not isinstance(words.get(key), str):
                raise ConfigError(f"samples.situation.words.{key} must be a line of text")
        unknown = sorted(words.keys() - LISTS.keys() - LINES.keys())
        if unknown:
            known = ", ".join((*LISTS, *LINES))
            raise ConfigError(f"samples.situation.words.{unknown[0]} is unknown; accepted: {known}")
        self.lists = {key: [str(word) for word in words[key]] for key in LISTS}
        self.lines = {key: str(words[key]) for key in LINES}

    def moment(self, local: datetime) -> str:
        """Weekday and part of the day."""
        weekday, part = self.lists["weekdays"][local.weekday()], self.lists["parts_of_day"][local.hour // 6]
        return self._line("moment", weekday, part)

    def silence(self, silence: timedelta) -> str:
        """A length of time, in whole days, hours or minutes."""
        for key, unit in (("days", DAY), ("hours", HOUR)):
            if silence >= unit:
                return self._line(key, str(silence // unit))
        return self._line("minutes", str(silence // MINUTE))

    def person(self, name: str, relationship: str | None) -> str:
        """Who somebody is."""
        return self._line("relative", name, relationship) if relationship else self._line("person", name)

    def label(self, label: str) -> str:
        """What the data set says of a turn."""
        return self._line("label", label)

    def quote(self, name: str, text: str, max_chars: int) -> str:
        """What is replied to, in one line, cut at `max_chars`."""
        line = " ".join(text.split())
        return self._line("quote", name, line if len(line) <= max_chars else f"{line[:max_chars].rstrip()}\u2026")

    def joined(self, parts: list[str]) -> str:
        """Everything in one line."""
        return self.lines["between"].join(" ".join(part.split()) for part in parts if part)

    def _line(self, key: str, *values: str) -> str:
        # In one pass, so that a quoted "{name}" stays what it is; and no str.format, which can reach into objects.
        by_place = dict(zip(LINES[key], values, strict=True))
        return re.sub(r"\{(\w+)\}", lambda place: by_place.get(place[1], place[0]), self.lines[key])
