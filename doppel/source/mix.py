"""Several sources as one: several messengers of one person, several people, general dialogue against forgetting."""

from __future__ import annotations

import difflib
import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from doppel.errors import ConfigError
from doppel.source.copies import Copies
from doppel.types import Funnel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.types import Fraction, Message, NonNegativeInt, Source

WAY = "Add one with +source@source.sources.NAME=telegram source.sources.NAME.path=FILE"
APART = "stays in chats of its own. Exports of one messenger go on in one chat as source.path=[FILE,FILE]."
UNSURE = "have the second, sender and words of an earlier one, in chats that are not surely the same: kept."


class Mix:
    """The messages of every source, one source after the other.

    `weights`: source -> share of its chats that is kept, 1 where a source is not named. Which chats these are follows
    from `seed` and the chat alone, so another weight keeps more or fewer of the same.
    """

    def __init__(self, *, sources: dict[str, Any], weights: dict[str, Fraction], seed: NonNegativeInt) -> None:
        if not sources:
            raise ConfigError(f"source.sources is empty: a mix needs some. {WAY}")
        for name, source in sources.items():
            if not hasattr(source, "messages"):
                raise ConfigError(f"source.sources.{name} is no source. {WAY.replace('NAME', name)}")
        for name in weights:
            if name not in sources:
                near = difflib.get_close_matches(name, sources, n=1)
                told = f" Did you mean {near[0]}?" if near else ""
                raise ConfigError(f"source.weights.{name} names no source.{told} There are: {', '.join(sources)}")
        self.sources: dict[str, Source] = sources
        self.weights = weights
        self.seed = seed

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        """Every message of the kept chats, once; one line of the funnel a source. Raises: DataError.

        Held meanwhile: 16 bytes for each message with a time.
        """
        taken: dict[int, str] = {}  # hash of a chat's id -> the first source that has it
        copies = Copies()
        for name, source in self.sources.items():
            inner = Funnel()
            share = _Share(name, self.weights.get(name, 1.0), self.seed, taken)
            yield from share.named(copies.without(name, share.kept(source.messages(inner))))
            share.report(inner, funnel, copies)

    def owner_ids(self) -> frozenset[str]:
        """The owners of all sources."""
        return frozenset().union(*(source.owner_ids() for source in self.sources.values()))

    def fingerprint(self) -> Mapping[str, str]:
        """Source and file -> sha256."""
        return {
            f"{name}: {label}": value
            for name, source in self.sources.items()
            for label, value in source.fingerprint().items()
        }


class _Share:
    """What a mix takes of one source, by whole chats."""

    def __init__(self, name: str, weight: float, seed: int, taken: dict[int, str]) -> None:
        self.name = name
        self.weight = weight
        self.seed = seed
        self.taken = taken
        self.decided: dict[int, str | None] = {}  # hash of a chat's id -> what its id begins with in the mix
        self.chats = self.kept_chats = self.left_out = 0

    def kept(self, messages: Iterator[Message]) -> Iterator[Message]:
        """The messages of the kept chats."""
        last, prefix = "", None
        for message in messages:
            chat_id = message.chat_id
            if chat_id != last:
                last, key = chat_id, hash(chat_id)
                if key not in self.decided:
                    self.decided[key] = self._decide(chat_id)
                prefix = self.decided[key]
            if prefix is None:
                self.left_out += 1
            else:
                yield message

    def named(self, messages: Iterator[Message]) -> Iterator[Message]:
        """The same of kept chats. A chat whose id an earlier source has too gets the name of this one."""
        last, prefix = "", ""
        for message in messages:
            if message.chat_id != last:
                last = message.chat_id
                prefix = self.decided[hash(last)]
            yield msgspec.structs.replace(message, chat_id=f"{prefix}{last}") if prefix else message

    def _decide(self, chat_id: str) -> str | None:
        """What is put before the id of a chat, mostly ""; None where the chat is left out."""
        self.chats += 1
        # Not Python's own hash, which differs from run to run.
        digest = hashlib.blake2b(f"{self.seed}\n{chat_id}".encode(), digest_size=8).digest()
        if int.from_bytes(digest) >= self.weight * 2**64:
            return None
        self.kept_chats += 1
        # The same id is the same chat within one source only: two people each have a chat with a third.
        owner = self.taken.setdefault(hash(chat_id), self.name)
        return "" if owner == self.name else f"{self.name}/"

    def report(self, inner: Funnel, funnel: Funnel, copies: Copies) -> None:
        """One line for the source, with what its own lines say."""
        reasons = [count.why for count in inner.counts if count.why]
        if self.left_out:
            reasons.append(
                f"{self.left_out:,} in {self.chats - self.kept_chats:,} of {self.chats:,} chats, by "
                f"source.weights.{self.name}={self.weight:g}"
            )
        reasons += [f"{count:,} already in {source}" for source, count in copies.dropped.items()]
        stage, lost = f"source.{self.name}", self.left_out + copies.dropped.total()
        funnel.add(
            stage,
            kept=sum(count.kept for count in inner.counts) - lost,
            dropped=sum(count.dropped for count in inner.counts) + lost,
            unit="messages",
            why="; ".join(reasons),
        )
        if copies.dropped:
            funnel.note(f"{stage}: what its chats have beyond those of {' and '.join(copies.dropped)} {APART}")
        if copies.unsure:
            funnel.note(f"{stage}: {copies.unsure:,} messages {UNSURE}")
        for note in inner.notes:
            funnel.note(f"{stage}{note.removeprefix('source')}")
        for examples in inner.examples.values():
            for message in examples:
                funnel.example(stage, message)
        for changes in inner.tallies.values():
            funnel.tally(stage, changes)
