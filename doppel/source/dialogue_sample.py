"""What doppel itself has exported, read back: the fields of a whole sample beside the messages of other trainers."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Struct

from doppel.errors import DataError
from doppel.types import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from doppel.source.reading import Reading

REPEATED = "that an earlier sample holds too"
REMEMBERED = 100_000  # messages; samples that share some come from one session, so they lie near each other
Stored = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]  # what is stored are 64 bits
SPREAD = "from samples of doppel: each keeps its own id, and times are spread evenly from a sample's start to its end"


class Spoken(Struct):
    """A turn, as far as messages are made of it."""

    speaker_id: str
    speaker_name: str
    messages: list[str]
    is_persona: bool = False


class Exported(Struct):
    """A sample, as far as messages are made of it."""

    chat_id: str
    chat_name: str
    started_at: datetime
    ended_at: datetime
    turns: list[Spoken]
    message_ids: list[Stored]
    replies_to: list[Stored] = []
    label: str | None = None
    is_timed: bool = True


class ExportedSamples:
    """Turns exported samples into messages, each message once."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.owners: set[str] = set()  # the personas seen so far
        self.sent: OrderedDict[tuple[str, int], datetime] = OrderedDict()

    def messages(self, value: Any, label: str, place: str) -> Iterator[Message]:
        """The messages of a sample under their own ids. Raises: DataError for fields that are no sample's."""
        sample = _sample(value, label)
        said = [(turn, text) for turn in sample.turns for text in turn.messages]
        self.owners.update(turn.speaker_id for turn in sample.turns if turn.is_persona)
        known = [self.sent.get((sample.chat_id, number)) for number in sample.message_ids]
        times = _spread(_aware(sample.started_at), _aware(sample.ended_at), known)
        kind = "personal" if len({turn.speaker_id for turn in sample.turns}) <= 2 else "group"
        # Which message answers which is not known, only that the sample does: enough for a split to keep them together.
        replies = [*sample.replies_to[: len(said)], *[None] * len(said)]
        for index, (turn, text) in enumerate(said):
            number = sample.message_ids[index]
            if known[index] is not None:
                self.reading.drop(REPEATED, place)
                continue
            self._remember(sample.chat_id, number, times[index])
            self.reading.kept += 1
            self.reading.guessed[SPREAD] += 1
            yield Message(
                chat_id=sample.chat_id,
                chat_name=sample.chat_name,
                chat_kind=kind,
                message_id=number,
                sent_at=times[index],
                sender_id=turn.speaker_id,
                sender_name=turn.speaker_name,
                text=self.reading.clean(text),
                reply_to=replies[index],
                label=sample.label,
                is_timed=sample.is_timed,
            )

    def _remember(self, chat_id: str, number: int, sent_at: datetime) -> None:
        self.sent[chat_id, number] = sent_at
        if len(self.sent) > REMEMBERED:
            self.sent.popitem(last=False)


def _spread(start: datetime, end: datetime, known: Sequence[datetime | None]) -> list[datetime]:
    """A time for each message, those known left as they are, the others evenly between their neighbours."""
    last = len(known) - 1
    anchors = {0: start, last: end} | {index: moment for index, moment in enumerate(known) if moment is not None}
    times = [start]
    for (left, _), (right, until) in pairwise(sorted(anchors.items())):
        since, steps = times[-1], right - left
        whole = max(until - since, timedelta())
        times += [since + whole * index / steps for index in range(1, steps + 1)]  # the last one is exact
    return times[: last + 1]


def _sample(value: Any, label: str) -> Exported:
    try:
        # A Parquet column holds it as a text. What came decoded is written again, as that finds halves of characters.
        raw = value if isinstance(value, str) else msgspec.json.encode(value)
        sample = msgspec.json.decode(raw, type=Exported)
    except (msgspec.DecodeError, UnicodeEncodeError, OverflowError, TypeError) as error:
        raise DataError(f"{label}: `doppel` is no sample ({error}). Export it again, or leave the key out") from error
    texts = sum(len(turn.messages) for turn in sample.turns)
    if not texts or texts != len(sample.message_ids) or _aware(sample.ended_at) < _aware(sample.started_at):
        raise DataError(
            f"{label}: `doppel` has {texts:,} messages and {len(sample.message_ids):,} message_ids, from "
            f"{sample.started_at} to {sample.ended_at}: it was edited. Export it again, or leave the key out"
        )
    return sample


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
