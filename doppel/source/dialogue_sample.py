"""What doppel itself has exported, read back: whole samples beside the messages of other trainers."""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec

from doppel.errors import DataError
from doppel.source.dialogue_beside import is_as_exported
from doppel.source.dialogue_shape import SAMPLE, turns_of
from doppel.types import Message, Sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from doppel.source.reading import Reading

REPEATED = "that an earlier sample holds too"
REMEMBERED = 100_000  # messages; samples that share some come from one session, so they lie near each other
LARGEST_ID = 2**62  # what is stored are 64 bits
SPREAD = "from samples of doppel: each keeps its own id, and times are spread evenly from a sample's start to its end"
AGAIN = f"Export it again, or leave the key `{SAMPLE}` out of every record, which source.exported=ignored does, too"
DECODE = msgspec.json.Decoder(Sample).decode


def exported_sample(row: Mapping[str, Any], label: str) -> Sample:
    """The sample of a record that holds one, as it was made.

    Raises: DataError for fields that are no sample's, and where what stands beside it was edited.
    """
    sample = _sample(row[SAMPLE], label)
    turns = turns_of(row)
    if turns and not is_as_exported(turns, sample):
        raise DataError(
            f"{label}: what stands beside `{SAMPLE}` is not what the sample in it says: one of them was edited. Type "
            "source.exported=ignored to read what stands beside the samples, as other trainers do, or leave that out"
        )
    return sample


class ExportedSamples:
    """Turns exported samples into messages, each message once."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.owners: set[str] = set()  # the personas seen so far
        self.sent: OrderedDict[tuple[str, int], datetime] = OrderedDict()

    def messages(self, sample: Sample, place: str) -> Iterator[Message]:
        """The messages of a sample under their own ids."""
        said = [(turn, text) for turn in sample.turns for text in turn.messages]
        self.owners.update(turn.speaker_id for turn in sample.turns if turn.is_persona)
        known = [self.sent.get((sample.chat_id, number)) for number in sample.message_ids]
        times = _spread(sample.started_at, sample.ended_at, known)
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


def _sample(value: Any, label: str) -> Sample:
    try:
        # A Parquet column holds it as a text. What came decoded is written again, as that finds halves of characters.
        sample = DECODE(value if isinstance(value, str) else msgspec.json.encode(value))
    except (msgspec.DecodeError, UnicodeEncodeError, OverflowError, TypeError, RecursionError) as error:
        raise DataError(f"{label}: `{SAMPLE}` is no sample ({error}). {AGAIN}") from error
    sample = replace(sample, started_at=_aware(sample.started_at), ended_at=_aware(sample.ended_at))
    fault = _fault(sample)
    if fault:
        raise DataError(f"{label}: `{SAMPLE}` {fault}: it was edited. {AGAIN}")
    return sample


def _fault(sample: Sample) -> str | None:
    """What no sample is that doppel has made, None where there is nothing."""
    sizes = [len(turn.messages) for turn in sample.turns]
    if not all(sizes) or not sizes or sum(sizes) != len(sample.message_ids):
        return f"has {sum(sizes):,} messages and {len(sample.message_ids):,} message_ids"
    twice = next((number for number, times in Counter(sample.message_ids).items() if times > 1), None)
    if twice is not None:
        return f"has the message {twice} twice"
    if sample.ended_at < sample.started_at:
        return f"goes from {sample.started_at} to {sample.ended_at}"
    if any(abs(number) > LARGEST_ID for number in (*sample.message_ids, *sample.replies_to)):
        return "has ids of more than 62 bits"
    if not any(turn.is_learnt for turn in sample.turns):
        return "has no turn that is learnt"
    if not 0 <= sample.weight < math.inf:
        return f"has a weight of {sample.weight}"
    return None


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
