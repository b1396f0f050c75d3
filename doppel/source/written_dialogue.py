"""Dialogues of data sets as messages: each is a chat of its own, and the order of the file stands for time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from doppel.types import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from doppel.source.reading import Reading

START = datetime(2000, 1, 1, tzinfo=UTC)
DAILY = 50_000  # dialogues a day apart, until 2136; later ones a minute, so that millions stay within the calendar
UNTIMED = "has no times: the order of the file stands for them, a dialogue a day from 2000 on"
TIMED = "are in dialogues that tell when they began: a minute was taken from turn to turn, the times as of UTC"


class Said(NamedTuple):
    """One message of a dialogue."""

    speaker_id: str
    speaker_name: str
    text: str
    label: str | None = None
    is_service: bool = False
    reply_to: int | None = None  # position in the dialogue, from 1


def moment(dialogue: int, turn: int) -> datetime:
    """When the message `turn` of a dialogue was sent, both counted from 0."""
    minutes = 24 * 60 * min(dialogue, DAILY) + max(dialogue - DAILY, 0) + turn
    return START + timedelta(minutes=minutes)


class WrittenDialogues:
    """Turns what was said into messages, and counts them."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.dialogues = 0  # that tell no time

    def messages(
        self,
        chat_id: str,
        chat_name: str,
        said: Sequence[Said],
        *,
        topic: str | None = None,
        started_at: datetime | None = None,
    ) -> Iterator[Message]:
        """The messages of the next dialogue, numbered from 1."""
        is_timed = started_at is not None
        if started_at is None:
            if not self.dialogues:
                self.reading.notes.append(f"{chat_id.partition(':')[0]} {UNTIMED}")
            started_at = moment(self.dialogues, 0)
            self.dialogues += 1
        else:
            self.reading.guessed[TIMED] += len(said)
        speakers = len({one.speaker_id for one in said if not one.is_service})
        clean = self.reading.clean
        for turn, one in enumerate(said):
            self.reading.kept += 1
            yield Message(
                chat_id=chat_id,
                chat_name=chat_name,
                chat_kind="personal" if speakers <= 2 else "group",
                message_id=turn + 1,
                sent_at=started_at + timedelta(minutes=turn),
                sender_id=one.speaker_id,
                sender_name=one.speaker_name,
                text=clean(one.text),
                reply_to=one.reply_to,
                is_service=one.is_service,
                topic=topic,
                label=one.label,
                is_timed=is_timed,
            )
