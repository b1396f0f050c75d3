"""Scripts of conversations and how one conversation is dealt from them.

A line is `speaker: text`, `speaker?: text` (said half of the time) or `speaker[tag]: text`; `(`, `/` and `)` on lines
of their own part a conversation into branches. In a text `{a|b}` is a choice and `{name}` a slot or a word list.
Choices with the same number, as in `{1:When?|Where?}` and then `{1:at six|at home}`, take the same place. Every choice
is a deck of cards: nothing comes again before everything else has had its turn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

LINE = re.compile(r"(?P<who>\w+)(?:\[(?P<tag>\w+)\])?(?P<maybe>\?)?: ?(?P<text>.*)")
SHORT = 12  # letters: below this a repeated message is ordinary talk ("aye", "ok")


@dataclass(frozen=True)
class Line:
    """One line of a script."""

    who: str
    tag: str  # "" for plain text
    is_optional: bool
    text: str


@dataclass(frozen=True)
class Branches:
    """Alternative ways on."""

    ways: tuple[tuple[Line | Branches, ...], ...]


@dataclass(frozen=True)
class Script:
    """One conversation in all its variants."""

    name: str
    role: str  # "topic", "opening" or "closing"
    chats: tuple[str, ...]
    weight: int  # how often it is told
    is_alone: bool  # carries its own greeting
    months: tuple[int, ...]  # () for all the year
    days: tuple[float, float] | None  # first and last day of the month
    hours: tuple[float, float] | None
    slot_names: tuple[str, ...]
    slot_rows: tuple[tuple[str, ...], ...]
    way: tuple[Line | Branches, ...]


@dataclass(frozen=True)
class Utterance:
    """One message before it has a time."""

    who: str
    tag: str
    text: str


def read_scripts(folder: Path) -> tuple[list[Script], dict[str, list[str]]]:
    """Return the scripts and the word lists of every YAML file of a folder, in the order of their names."""
    scripts: list[Script] = []
    words: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        words |= content.get("words", {})
        scripts += [read_script(name, body) for name, body in content["scripts"].items()]
    return scripts, words


def read_script(name: str, body: Mapping[str, Any]) -> Script:
    """Return one script from its YAML. Raises: ValueError for a row that does not fit its slots."""
    columns, rows = next(iter(body.get("slots", {}).items()), ("", []))
    slot_names = tuple(columns.split(" ~ ")) if columns else ()
    slot_rows = tuple(tuple(str(row).split(" ~ ")) for row in rows)
    if unquoted := [row for row in rows if not isinstance(row, str)]:
        raise ValueError(f"script {name}: YAML does not read {unquoted[0]} as words; quote it")
    if wrong := [row for row in slot_rows if len(row) != len(slot_names)]:
        raise ValueError(f"script {name}: {wrong[0]} has not {len(slot_names)} parts {slot_names}")
    return Script(
        name=name,
        role=body.get("role", "topic"),
        chats=tuple(body.get("who", "").split()),
        weight=body["weight"],
        is_alone=body.get("alone", False),
        months=tuple(int(month) for month in str(body.get("months", "")).split()),
        days=_read_range(body.get("days")),
        hours=_read_range(body.get("hours")),
        slot_names=slot_names,
        slot_rows=slot_rows,
        way=_read_way(iter(body["chat"].splitlines()))[0],
    )


def _read_range(written: str | None) -> tuple[float, float] | None:
    """Return (6.0, 7.0) for "6-7"."""
    if written is None:
        return None
    first, _, last = written.partition("-")
    return float(first), float(last)


def _read_way(lines: Iterator[str]) -> tuple[tuple[Line | Branches, ...], str]:
    """Return the lines up to the end, a `/` or a `)`, and which of these ended them ("" for the end)."""
    way: list[Line | Branches] = []
    for raw in lines:
        line = raw.strip()
        if line in ("/", ")"):
            return tuple(way), line
        if line == "(":
            ways, end = [], "/"
            while end == "/":
                branch, end = _read_way(lines)
                ways.append(branch)
            way.append(Branches(tuple(ways)))
        else:
            found = LINE.fullmatch(line)
            if found is None:
                raise ValueError(f"not a line of a script: {line!r}")
            way.append(Line(found["who"], found["tag"] or "", bool(found["maybe"]), found["text"]))
    return tuple(way), ""


class Dealer:
    """Tells scripts, each time differently."""

    def __init__(self, words: Mapping[str, Sequence[str]], rng: random.Random) -> None:
        self.words = words
        self.rng = rng
        self.decks: dict[object, list[Any]] = {}
        self.told: set[str] = set()

    def deal(self, key: object, cards: Sequence[Any]) -> Any:
        """Return a card of the deck `key`, shuffled anew from `cards` whenever it runs out."""
        deck = self.decks.setdefault(key, [])
        if not deck:
            deck.extend(cards)
            self.rng.shuffle(deck)
        return deck.pop()

    def tell(self, script: Script, name: str) -> list[Utterance]:
        """Return one telling of a script to the person whom Nell calls `name`."""
        bound = {"name": name}
        if script.slot_rows:
            row = self.deal((script.name, "slots"), script.slot_rows)
            bound |= {
                slot: self.expand(text, {"name": name}, script.name)
                for slot, text in zip(script.slot_names, row, strict=True)
            }
        return list(self._tell_way(script.way, bound, script.name))

    def _tell_way(self, way: tuple[Line | Branches, ...], bound: dict[str, str], key: str) -> Iterator[Utterance]:
        for step in way:
            if isinstance(step, Branches):
                yield from self._tell_way(self.deal((key, step), step.ways), bound, key)
            elif not step.is_optional or self.rng.random() < 0.5:
                yield Utterance(step.who, step.tag, self._fresh(step.text, bound, key))

    def _fresh(self, text: str, bound: dict[str, str], key: str) -> str:
        """Return an expansion that nobody has said yet, if eight deals find one."""
        said = ""
        for _ in range(8):
            said = self.expand(text, bound, key)
            if len(said) <= SHORT or said not in self.told:
                break
        self.told.add(said)
        return said

    def expand(self, text: str, bound: dict[str, str], key: str) -> str:
        """Return `text` with every {choice} dealt and every {slot} filled."""
        start = text.find("{")
        if start < 0:
            return text
        parts, end = _split_braces(text, start)
        if linked := re.match(r"(\d):", parts[0]):
            inner = self.expand(self._linked(linked[1], parts, bound, key), bound, key)
        elif len(parts) > 1:
            inner = self.expand(self.deal((key, text[start:end]), parts), bound, key)
        elif parts[0] in bound:
            inner = bound[parts[0]]
        else:
            word = parts[0]
            inner = self.expand(self.deal(word, self.words[word]), bound, word)
        return text[:start] + inner + self.expand(text[end:], bound, key)

    def _linked(self, number: str, parts: list[str], bound: dict[str, str], key: str) -> str:
        """Return the alternative at the place that the first choice of this number took in this telling."""
        if number not in bound:
            bound[number] = str(self.deal((key, number, len(parts)), range(len(parts))))
        return parts[int(bound[number])].removeprefix(f"{number}:")


def _split_braces(text: str, start: int) -> tuple[list[str], int]:
    """Return the alternatives of the brace that opens at `start`, and the place behind its end."""
    parts, depth, last = [], 0, start + 1
    for place in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0 or (depth == 1 and text[place] == "|"):
            parts.append(text[last:place])
            last = place + 1
        if depth == 0:
            return parts, last
    raise ValueError(f"a brace is not closed: {text!r}")
