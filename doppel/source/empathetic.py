"""EmpatheticDialogues (Rashkin et al. 2019): somebody tells of a situation, somebody else listens and answers."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any

from doppel.errors import DataError
from doppel.source.columns import shown
from doppel.source.files import Files
from doppel.source.reading import Reading
from doppel.source.rows import RAGGED, fingerprint, read_files
from doppel.source.written_dialogue import Said, WrittenDialogues

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.source.rows import Rows
    from doppel.types import Funnel, Message

ADVICE = (
    "Accepted: the CSV files of EmpatheticDialogues, with the columns conv_id, utterance_idx, prompt and utterance. "
    "Type source.path=FOLDER"
)
NEEDED = ("conv_id", "utterance_idx", "utterance")
SPEAKER, LISTENER = ("empathetic:speaker", "Speaker"), ("empathetic:listener", "Listener")
SITUATION = ("empathetic:situation", "Situation")
# By number: the order that tables with a column `label` in place of `context` follow.
EMOTIONS = (
    "sad", "trusting", "terrified", "caring", "disappointed", "faithful", "joyful", "jealous", "disgusted",
    "surprised", "ashamed", "afraid", "impressed", "sentimental", "devastated", "excited", "anticipating",
    "annoyed", "anxious", "furious", "content", "lonely", "angry", "confident", "apprehensive", "guilty",
    "embarrassed", "grateful", "hopeful", "proud", "prepared", "nostalgic",
)  # fmt: skip
UNUSABLE = "without conv_id, a number in utterance_idx, or words"
APART = "are of a conversation whose rows lie apart in the file: each part is taken for a conversation of its own"
UNLABELLED = "have no emotion: the file has neither context nor label"


class EmpatheticDialogues:
    """The conversations of the files; each message has the emotion of its conversation as label."""

    def __init__(self, *, path: str | list[str], keep_situation: bool) -> None:
        self.path = path
        self.keep_situation = keep_situation

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        """Every utterance, and each situation as a service message where it is kept. Raises: DataError."""
        files = Files(self.path, ADVICE).matching("*.csv")
        yield from read_files(files, Utterances(Reading(), keep_situation=self.keep_situation), funnel, ADVICE)

    def owner_ids(self) -> frozenset[str]:
        """Who listens, and answers."""
        return frozenset((LISTENER[0],))

    def fingerprint(self) -> Mapping[str, str]:
        """File name -> sha256. Raises: DataError."""
        return fingerprint(Files(self.path, ADVICE).matching("*.csv"))


class Utterances:
    """What the rows of the files mean: an utterance each, those of one conversation below each other."""

    def __init__(self, reading: Reading, *, keep_situation: bool) -> None:
        self.keep_situation = keep_situation
        self.reading = reading
        self.written = WrittenDialogues(reading)
        self.parts: Counter[str] = Counter()  # conversation -> how often its rows began

    def owner_ids(self) -> frozenset[str]:
        """Who listens, and answers."""
        return frozenset((LISTENER[0],))

    def messages(self, rows: Rows) -> Iterator[Message]:
        """The conversations, one held at a time. Raises: DataError for other columns."""
        absent = [name for name in NEEDED if name not in rows.columns]
        if rows.columns and absent:
            raise DataError(f"{rows.label} has no column {absent[0]}. It has: {shown(rows.columns)}. {ADVICE}")
        for conversation, group in groupby(self._usable(rows), key=_conversation):
            utterances = sorted(group, key=_position)
            label = _label(utterances[0])
            said = [self._said(row, utterances[0], label) for row in utterances]
            if label is None:
                self.reading.guessed[UNLABELLED] += len(said)
            situation = _text(utterances[0].get("prompt"))
            if self.keep_situation and situation:
                said.insert(0, Said(*SITUATION, situation, label=label, is_service=True))
            chat_id = f"empathetic:{rows.title}/{conversation}"
            self.parts[chat_id] += 1
            if self.parts[chat_id] > 1:
                self.reading.guessed[APART] += len(said)
                chat_id = f"{chat_id}#{self.parts[chat_id]}"
            yield from self.written.messages(chat_id, conversation, said)

    def _usable(self, rows: Rows) -> Iterator[Mapping[str, Any]]:
        for number, row in rows.numbered:
            if row is None:
                self.reading.drop(RAGGED, rows.place(number))
            elif _conversation(row) and _is_small(row.get("utterance_idx")) and _text(row.get("utterance")):
                yield row
            else:
                self.reading.drop(UNUSABLE, rows.place(number))

    def _said(self, row: Mapping[str, Any], first: Mapping[str, Any], label: str | None) -> Said:
        # The original names both workers; without them who speaks follows from the position.
        if row.get("speaker_idx"):
            is_speaker = (row["speaker_idx"] == first["speaker_idx"]) == bool(_position(first) % 2)
        else:
            is_speaker = bool(_position(row) % 2)
        return Said(*(SPEAKER if is_speaker else LISTENER), _text(row.get("utterance")), label=label)


def _conversation(row: Mapping[str, Any]) -> str:
    return str(row.get("conv_id") or "")


def _position(row: Mapping[str, Any]) -> int:
    return int(row["utterance_idx"])


def _text(written: Any) -> str:
    return str(written or "").replace("_comma_", ",").strip()


def _label(row: Mapping[str, Any]) -> str | None:
    written = str(row.get("context") or row.get("label") or "").strip()
    return EMOTIONS[int(written)] if _is_small(written) and int(written) < len(EMOTIONS) else written or None


def _is_small(written: Any) -> bool:
    return str(written).isdecimal() and len(str(written)) < 9
