"""One model and many who ask: questions wait in a bounded queue, and those that are alike are answered together."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from doppel.engine.saying import Saying
from doppel.errors import DoppelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from doppel.engine.voice import Voice
    from doppel.generation.sampling import Sampling
    from doppel.types import PositiveInt, Turn


class BusyError(Exception):
    """The queue is full, or nobody answers any more."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a reply is asked for with; the same seed gives the same draws."""

    turns: tuple[Turn, ...]
    speaker: Turn
    sampling: Sampling
    seed: int
    stops: tuple[str, ...] = ()  # texts at which the reply ends; none of them is told
    is_of_base: bool = False  # answered by the model as it was before training; only where the engine has it


@dataclass(frozen=True, slots=True)
class Heard:
    """The next part of a reply."""

    text: str  # new since the last one; messages are parted by newlines
    prompt_tokens: int
    tokens: int  # generated so far, an end marker among them
    end: Literal["stop", "length"] | None  # None: there is more to come


@dataclass(eq=False, slots=True)
class Ticket:
    """A question in the queue.

    `hear` is called in the desk's thread, at last with an end or a fault; not any more once it is cancelled.
    """

    question: Question
    hear: Callable[[Heard | Exception], None]
    is_cancelled: bool = field(default=False)

    def cancel(self) -> None:
        """The answer is not wanted any more: the model stops at its next token."""
        self.is_cancelled = True


class Desk:
    """Answers in a thread of its own, which alone uses model and tokenizer.

    Questions with the same sampling, to the same of model and base, are answered in one batch, of at most the engine's
    `batch_size`, in the order in which they came.
    """

    def __init__(self, engine: Voice, *, max_waiting: PositiveInt) -> None:
        self.engine = engine
        self.max_waiting = max_waiting
        self.running = 0  # questions that are being answered
        self._waiting: deque[Ticket] = deque()
        self._changed = threading.Condition()
        self._is_closed = False
        self._worker = threading.Thread(target=self._work, name="doppel-desk", daemon=True)
        self._worker.start()

    @property
    def waiting(self) -> int:
        """Questions that nobody has begun to answer."""
        return sum(not ticket.is_cancelled for ticket in tuple(self._waiting))

    def ask(self, question: Question, hear: Callable[[Heard | Exception], None]) -> Ticket:
        """A place in the queue. Raises: BusyError."""
        ticket = Ticket(question, hear)
        with self._changed:
            if self.waiting >= self.max_waiting or self._is_closed:
                raise BusyError
            self._waiting.append(ticket)
            self._changed.notify()
        return ticket

    def close(self) -> None:
        """Ends the thread; what still waits or is being said is dropped."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._worker.join()

    def _work(self) -> None:
        while batch := self._next():
            rows = [Row(self.engine, ticket) for ticket in batch]
            self.running = len(rows)
            try:
                self._answer(rows)
            except Exception as fault:  # told to whom it concerns; the next ones may fare better
                for row in rows:
                    row.fail(fault)
            self.running = 0

    def _next(self) -> list[Ticket]:
        """The oldest question and those that can be answered with it; [] when the desk is closed."""
        with self._changed:
            while not self._is_closed:
                wanted = [ticket for ticket in self._waiting if not ticket.is_cancelled]
                if wanted:
                    alike = [one for one in wanted if is_alike(one.question, wanted[0].question)]
                    batch = alike[: self.engine.batch_size]
                    self._waiting = deque(ticket for ticket in wanted if ticket not in batch)
                    return batch
                self._waiting.clear()
                self._changed.wait()
        return []

    def _answer(self, rows: list[Row]) -> None:
        rows = [row for row in rows if row.read()]
        if not rows:
            return

        def listen(ids: list[list[int]]) -> None:
            for row, own in zip(rows, ids, strict=True):
                row.listen(own)

        first = rows[0].question
        with self.engine.as_base() if first.is_of_base else nullcontext():
            said = self.engine.generate(
                [row.prompt for row in rows],
                first.sampling,
                [row.question.seed for row in rows],
                listener=listen,
                is_stopped=lambda at: rows[at].is_over or self._is_closed,
                briefings=[row.question.speaker.briefing for row in rows],
            )
        for row, ids in zip(rows, said, strict=True):
            row.finish(ids)


def is_alike(one: Question, other: Question) -> bool:
    """Whether both can be answered in one batch."""
    return (one.sampling, one.is_of_base) == (other.sampling, other.is_of_base)


class Row:
    """One question of a batch, from its prompt to the end of its reply."""

    def __init__(self, engine: Voice, ticket: Ticket) -> None:
        self.engine = engine
        self.ticket = ticket
        self.question = ticket.question
        self.prompt: tuple[int, ...] = ()
        self.saying = Saying(engine.encoder.parse, ticket.question.stops)
        self.is_done = False

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for more of it."""
        return self.is_done or self.ticket.is_cancelled

    def read(self) -> bool:
        """Whether there is a prompt that the model can read; who asked is told where there is none."""
        try:
            self.prompt = self.engine.prompt(self.question.turns, self.question.speaker, self.question.sampling)
        except DoppelError as fault:
            self.fail(fault)
        return not self.is_over

    def listen(self, ids: list[int]) -> None:
        """Tells what these generated tokens add."""
        if self.is_over:  # what follows is padding, while other rows go on
            return
        spoken = self.engine.ending.read(ids)
        text = self.saying.hear(self.engine.ending.sure(spoken), is_whole=spoken.is_ended)
        is_ended = spoken.is_ended or self.saying.is_stopped
        if text or is_ended:
            self._tell(text, len(ids), "stop" if is_ended else None)

    def finish(self, ids: list[int]) -> None:
        """Tells the rest of a reply that was cut."""
        if not self.is_over:
            text = self.saying.hear(self.engine.ending.read(ids).text, is_whole=True)
            self._tell(text, len(ids), "stop" if self.saying.is_stopped else "length")

    def fail(self, fault: Exception) -> None:
        """Tells that there will be no more."""
        if not self.is_over:
            self.is_done = True
            self.ticket.hear(fault)

    def _tell(self, text: str, tokens: int, end: Any) -> None:
        self.is_done = end is not None
        self.ticket.hear(Heard(text, len(self.prompt), tokens, end))
