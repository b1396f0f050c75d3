"""Which message answers which: the reply links of a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from doppel.samples.burst import Burst

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from doppel.types import Message


@dataclass(frozen=True, slots=True)
class Answer:
    """A burst, or the part of one that begins with a reply."""

    burst: Burst
    quoted: int | None  # message_id of what its first message replies to
    previous: Burst | None  # the turn before


class Quoting:
    """What is said in a session, by id. A link to what is not there, is later, or is one's own counts as none."""

    def __init__(self, bursts: Sequence[Burst]) -> None:
        self.bursts = bursts
        self.places: dict[int, tuple[int, str, Message]] = {}  # message_id -> where, whose, the message
        for burst in bursts:
            for message in burst.messages:
                self.places[message.message_id] = (len(self.places), burst.speaker_id, message)

    def answers(self) -> Iterator[Answer]:
        """Every burst, parted where a message in the middle of it replies to somebody."""
        previous: Burst | None = None
        for burst in self.bursts:
            start, quoted = 0, self.quoted(burst.messages[0])
            for place in range(1, len(burst.messages)):
                other = self.quoted(burst.messages[place])
                if other is not None:
                    yield Answer(Burst(burst.speaker_id, burst.messages[start:place]), quoted, previous)
                    start, quoted = place, other
            yield Answer(Burst(burst.speaker_id, burst.messages[start:]), quoted, previous)
            previous = burst

    def quoted(self, message: Message) -> int | None:
        """What the message replies to."""
        earlier = self._earlier(message)
        return earlier if earlier is not None and self._speaker(earlier) != self._speaker(message.message_id) else None

    def alone(self, message_id: int) -> Burst:
        """The message as a turn."""
        _, speaker_id, message = self.places[message_id]
        return Burst(speaker_id, [message])

    def chain(self, message_id: int, max_turns: int | None) -> list[Burst]:
        """The turns that led to the message and end with it: what it replies to, what that replies to, and so on."""
        turns: list[Burst] = []
        at: int | None = message_id
        while at is not None:
            _, speaker_id, message = self.places[at]
            if turns and turns[-1].speaker_id == speaker_id:
                turns[-1].messages.insert(0, message)
            elif max_turns is not None and len(turns) == max_turns:
                break
            else:
                turns.append(Burst(speaker_id, [message]))
            at = self._earlier(message)
        return turns[::-1]

    def _earlier(self, message: Message) -> int | None:
        target = message.reply_to
        if target is None or target not in self.places:
            return None
        return target if self.places[target][0] < self.places[message.message_id][0] else None

    def _speaker(self, message_id: int) -> str:
        return self.places[message_id][1]
