"""What passes by while samples are made, counted: how the persona writes, when, to whom, and how fast they answer."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from doppel.types import Cast, Message, Sample, Session

# Upper bounds in seconds: a reply within 10 s, within 30 s, ...; what is longer is the last bin.
REPLY_BOUNDS = (10, 30, 60, 120, 300, 600, 1800, 3600, 7200)
PAUSE_BOUNDS = (2, 5, 10, 20, 30, 60, 120, 300, 600)
MOST_BURST = 10  # messages; longer bursts are counted with these
MOST_REPLIES = 20_000  # distinct trivial candidates kept
SHORT_CHARS = 12  # of what may be a trivial reply
UNTIMED = -1  # year of a sample whose times are made up
OF_SAMPLE = ("chat", "year", "turns", "learnt_turns", "learnt_messages", "learnt_chars")
SIZE = len(OF_SAMPLE)


class Watch:
    """Passes sessions and samples on and counts them, in a few bytes for each sample."""

    def __init__(self, cast: Cast) -> None:
        self.own = frozenset(person for persona in cast.personas for person in persona.ids)
        self.bursts: Counter[int] = Counter()  # messages of a persona's burst -> how many
        self.replies = [0] * (len(REPLY_BOUNDS) + 1)  # from the last word of another to the persona's first
        self.answers = {kind: Counter[str]() for kind in ("questions", "others")}  # of bursts said to them alone
        self.pauses = [0] * (len(PAUSE_BOUNDS) + 1)  # between messages of one burst of the persona's
        self.short: Counter[str] = Counter()  # the persona's messages of few characters
        self.chats: dict[str, int] = {}  # chat_id -> its number
        self.of_samples = array("i")  # OF_SAMPLE of each in turn: which ones are learnt is known after the split alone
        self.untimed_messages = 0  # in sessions

    def sessions(self, sessions: Iterator[Session]) -> Iterator[Session]:
        """The same sessions; their times are counted."""
        for session in sessions:
            self._see_times(session.messages)
            self._see_answers(session.messages)
            yield session

    def samples(self, samples: Iterator[Sample]) -> Iterator[Sample]:
        """The same samples; what is learnt of them is counted."""
        for sample in samples:
            self._see_sample(sample)
            yield sample

    def facts(self, learnt: Sequence[int]) -> dict[str, Any]:
        """All counts as plain data; those of samples are of the ones at the places `learnt`."""
        return self._of_learnt(learnt) | {
            "burst_messages": {str(size): self.bursts[size] for size in sorted(self.bursts)},
            "reply_seconds": {"upper_bounds": list(REPLY_BOUNDS), "counts": self.replies},
            "pause_seconds": {"upper_bounds": list(PAUSE_BOUNDS), "counts": self.pauses},
            "answers": {kind: {name: of[name] for name in ("answered", "left")} for kind, of in self.answers.items()},
            "short_messages": dict(self.short.most_common(20)),
            "untimed_messages": self.untimed_messages,
        }

    def _of_learnt(self, places: Sequence[int]) -> dict[str, Any]:
        totals = Counter[str]()
        by_chat: dict[str, Counter[str]] = {}
        by_year: dict[str, Counter[str]] = {}
        chats = list(self.chats)
        for place in places:
            row = dict(zip(OF_SAMPLE, self.of_samples[SIZE * place : SIZE * (place + 1)], strict=True))
            number, year = row.pop("chat"), row.pop("year")
            totals.update(row)
            counts = {"samples": 1, "learnt_messages": row["learnt_messages"]}
            by_chat.setdefault(chats[number], Counter()).update(counts)
            if year != UNTIMED:
                by_year.setdefault(str(year), Counter()).update(counts)
        sums = {name: totals[name] for name in OF_SAMPLE[2:]}
        return sums | {
            "chats": {chat: dict(counts) for chat, counts in by_chat.items()},
            "years": {year: dict(by_year[year]) for year in sorted(by_year)},
        }

    def _see_times(self, messages: tuple[Message, ...]) -> None:
        own, size = self.own, 0
        self.untimed_messages += sum([not message.is_timed for message in messages])
        before: Message | None = None
        for message in messages:
            if message.sender_id in own:
                if before is not None and message.is_timed and before.is_timed:
                    seconds = (message.sent_at - before.sent_at).total_seconds()
                    if size:
                        self.pauses[bisect_right(PAUSE_BOUNDS, seconds)] += 1
                    else:
                        self.replies[bisect_right(REPLY_BOUNDS, seconds)] += 1
                size += 1
            elif size:
                self.bursts[min(size, MOST_BURST)] += 1
                size = 0
            before = message
        if size:
            self.bursts[min(size, MOST_BURST)] += 1

    def _see_answers(self, messages: tuple[Message, ...]) -> None:
        """What ends a session is left unanswered, even if another one begins with an answer the next day."""
        if len({message.sender_id in self.own or message.sender_id for message in messages}) > 2:
            return  # among several it is not said to them alone
        asks = waits = False
        for message in messages:
            is_own = message.sender_id in self.own
            if is_own and waits:
                self.answers["questions" if asks else "others"]["answered"] += 1
            asks = not is_own and (asks or "?" in message.text)
            waits = not is_own
        if waits:
            self.answers["questions" if asks else "others"]["left"] += 1

    def _see_sample(self, sample: Sample) -> None:
        learnt_turns = learnt_messages = learnt_chars = 0
        for turn in sample.turns:
            if turn.is_learnt:
                learnt_turns += 1
                learnt_messages += len(turn.messages)
                for text in turn.messages:
                    learnt_chars += len(text)
                    if len(text) <= SHORT_CHARS and (text in self.short or len(self.short) < MOST_REPLIES):
                        self.short[text] += 1
        chat = self.chats.setdefault(sample.chat_id, len(self.chats))
        year = sample.started_at.year if sample.is_timed else UNTIMED
        self.of_samples.extend((chat, year, len(sample.turns), learnt_turns, learnt_messages, learnt_chars))
