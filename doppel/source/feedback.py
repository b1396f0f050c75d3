"""What was thought of replies, as `doppel feedback` exports it: each judged reply, a sample behind what it answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import msgspec

from doppel.errors import DataError
from doppel.source.feedback_uses import Judged, of_use, without_overruled
from doppel.source.files import Files, fingerprint
from doppel.source.reading import Reading
from doppel.source.same_conversation import conversations
from doppel.types import APPROVED, REFUSED, Sample, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from doppel.source.files import File
    from doppel.types import Funnel, JudgedUse

ADVICE = "Accepted: the lines of JSON that `doppel feedback out=feedback.jsonl` writes. Type source.path=feedback.jsonl"
PATTERNS = ("*.jsonl", "*.jsonl.gz")
EMPTY = "that are empty"
EMPTY_EDIT = "edited to nothing"


class Line(msgspec.Struct):
    """An opinion, as it is exported."""

    kind: Literal["reaction", "approval", "refusal", "edit", "thumb"]
    rating: Literal[-1, 1]
    run: str
    turns: tuple[Turn, ...]
    speaker: Turn  # without words
    reply: tuple[str, ...]
    better: tuple[str, ...] | None
    at: datetime


class Feedback:
    """The judged replies of the files. An edit is two of them: what should have been said, and what was said."""

    def __init__(self, *, path: str | list[str]) -> None:
        self.path = path

    def samples(self, use: JudgedUse, funnel: Funnel) -> list[Sample]:
        """A sample of each reply that is of this use, labelled APPROVED or REFUSED, in order of the opinions.

        Replies of one conversation, as far as their contexts tell, are of one session and chat.
        Raises: DataError naming file and line; where nothing is of use, with what there is.
        """
        reading = Reading()
        files = Files(self.path, ADVICE).matching(*PATTERNS)
        runs: set[str] = set()
        judged: list[Judged] = []
        for file in files:
            for place, line in _lines(file, reading):
                runs.add(line.run)
                judged += _judged(line, place)
        kept = of_use(without_overruled(judged, reading), use, reading)
        if not kept:
            why = reading.why() or "it has no lines"
            raise DataError(f"{files[0].label} holds no reply for this training: {why}. {_remedy(use)}{ADVICE}")
        funnel.add("source", kept=len(kept), dropped=reading.dropped.total(), unit="judged replies", why=reading.why())
        for note in reading.notes:
            funnel.note(f"source: {note}.")
        funnel.note(f"source: the replies were given by {', '.join(sorted(runs))}.")
        return _samples(kept)

    def fingerprint(self) -> Mapping[str, str]:
        """File name -> sha256. Raises: DataError."""
        return fingerprint(Files(self.path, ADVICE).matching(*PATTERNS))


def _lines(file: File, reading: Reading) -> Iterator[tuple[str, Line]]:
    """(place, opinion) of each line with words to learn from. Raises: DataError for a line that is none."""
    decode = msgspec.json.Decoder(Line).decode
    for number, text in file.lines():
        if not text.strip():
            continue
        try:
            line = decode(text)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
            raise DataError(f"{file.label}, line {number:,}, is no opinion ({error}). {ADVICE}") from error
        place = f"{file.name}, line {number:,}"
        if not _worded(line.reply):
            reading.drop(EMPTY, place)
        elif line.better is not None and not _worded(line.better):
            reading.drop(EMPTY_EDIT, place)
        else:
            yield place, line


def _worded(messages: Sequence[str]) -> tuple[str, ...]:
    return tuple(text for text in messages if text.strip())


def _judged(line: Line, place: str) -> Iterator[Judged]:
    at = line.at.replace(tzinfo=UTC) if line.at.tzinfo is None else line.at.astimezone(UTC)
    context = tuple(replace(turn, is_learnt=False) for turn in line.turns)
    speaker = replace(line.speaker, messages=(), is_learnt=True)
    reply = _worded(line.reply)
    better = None if line.better is None else _worded(line.better)
    if better is not None:
        yield Judged(context, speaker, better, 1, at, place)
    if better is None or better != reply:
        yield Judged(context, speaker, reply, -1 if better else line.rating, at, place)


def _samples(kept: Sequence[Judged]) -> list[Sample]:
    samples: list[Sample] = []
    number = 0
    for one, conversation in zip(kept, conversations([one.context for one in kept]), strict=True):
        turns = (*one.context, replace(one.speaker, messages=one.reply))
        message_ids = range(number, number := number + sum(len(turn.messages) for turn in turns))
        chat_id = f"feedback:{conversation}"
        others = dict.fromkeys(turn.speaker_name for turn in one.context if turn.speaker_id != one.speaker.speaker_id)
        samples.append(
            Sample(
                sample_id=f"{chat_id}/{one.digest}",
                session_id=f"{chat_id}/0",
                chat_id=chat_id,
                chat_name=", ".join(others) or one.speaker.speaker_name,
                started_at=one.at,
                ended_at=one.at,
                turns=turns,
                message_ids=tuple(message_ids),
                label=APPROVED if one.rating > 0 else REFUSED,
            )
        )
    return samples


def _remedy(use: JudgedUse) -> str:
    if use == "pairs":
        return (
            "A pair is an edit, or one reply approved and another one refused in the same place; training=kto learns "
            "from single replies. "
        )
    return "Type training=kto to learn from what was refused, too. " if use == "approved" else ""
