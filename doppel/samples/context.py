"""How much of what was said before an answer comes with it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from doppel.samples.burst import Burst

Overflow = Literal["trim", "empty"]


class Context:
    """The turns before each turn of a session, as many as `max_turns` and `max_chars` allow; None: any number.

    `trim` leaves out the oldest. `empty` forgets all of them once they are too many, but nothing between a question and
    its answer (as digital_copy does). The turn right before always stays, whole: it is what is answered. A turn counts
    `turn_chars` beside its messages, each message `message_chars` beside its words.
    """

    def __init__(
        self, max_turns: int | None, max_chars: int | None, overflow: Overflow, *, turn_chars: int, message_chars: int
    ) -> None:
        self.max_turns = max_turns
        self.max_chars = max_chars
        self.overflow = overflow
        self.turn_chars = turn_chars
        self.message_chars = message_chars

    def before_each(self, bursts: Sequence[Burst], is_learnable: Sequence[bool]) -> Iterator[list[Burst]]:
        """For each turn, in order, the context it has; [] for the first."""
        held: deque[tuple[int, Burst]] = deque()  # characters, turn
        total = 0
        for index, burst in enumerate(bursts):
            is_between = index > 0 and is_learnable[index] and not is_learnable[index - 1]
            if self.overflow == "empty" and not is_between and self._is_too_much(len(held), total):
                held.clear()
                total = 0
            yield [turn for _, turn in held] or list(bursts[index - 1 : index] if index else ())
            size = self.turn_chars + sum(len(message.text) + self.message_chars for message in burst.messages)
            held.append((size, burst))
            total += size
            while held and self.overflow == "trim" and self._is_too_much(len(held), total):
                total -= held.popleft()[0]

    def _is_too_much(self, turns: int, chars: int) -> bool:
        return (self.max_turns is not None and turns > self.max_turns) or (
            self.max_chars is not None and chars > self.max_chars
        )
