"""DailyDialog (Li et al. 2017) and what keeps its layout: a dialogue a line, emotions in a file beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from doppel.errors import DataError
from doppel.source.daily_dialog_files import Part, parts_of
from doppel.source.files import Files, fingerprint
from doppel.source.reading import Reading
from doppel.source.written_dialogue import Said, WrittenDialogues

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.source.files import File
    from doppel.types import Funnel, Message

ADVICE = (
    "Accepted: the folder of DailyDialog, with dialogues_train.txt or dialogues_text.txt and the emotions beside it in "
    "dialogues_emotion_train.txt or dialogues_emotion.txt. Type source.path=FOLDER"
)
END = "__eou__"
EMOTIONS = ("no emotion", "anger", "disgust", "fear", "happiness", "sadness", "surprise")  # by their numbers
TOPICS = ("ordinary life", "school life", "culture and education", "attitude and emotion", "relationship")
TOPICS += ("tourism", "health", "work", "politics", "finance")  # by their numbers, from 1
SPEAKERS = (("dailydialog:A", "Person"), ("dailydialog:B", "You"))
BLANK = "without words"


class DailyDialog:
    """The dialogues; two speakers take turns, and each message has the name of its emotion as label."""

    def __init__(
        self, *, path: str | list[str], parts: list[Literal["train", "validation", "test", "whole"]] | None
    ) -> None:
        self.path = path
        self.parts = parts

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        """Every utterance as a message. Raises: DataError."""
        reading = Reading()
        written = WrittenDialogues(reading)
        parts = self._parts(reading)
        for part in parts:
            yield from _Reader(part, reading, written).messages()
        reading.report(funnel, ", ".join(part.text.label for part in parts), ADVICE)

    def owner_ids(self) -> frozenset[str]:
        """The second speaker, who answers."""
        return frozenset((SPEAKERS[1][0],))

    def fingerprint(self) -> Mapping[str, str]:
        """File name -> sha256, of the texts and of what stands beside them. Raises: DataError."""
        return fingerprint([file for part in self._parts(Reading()) for file in part.files()])

    def _parts(self, reading: Reading) -> list[Part]:
        return parts_of(Files(self.path, ADVICE), self.parts, reading)


class _Reader:
    """Reads one text with the files beside it, line by line."""

    def __init__(self, part: Part, reading: Reading, written: WrittenDialogues) -> None:
        self.part = part
        self.reading = reading
        self.written = written
        self.odd = {"emotions": 0, "acts": 0}  # dialogues with another number of these than of messages
        self.is_labelled = False

    def messages(self) -> Iterator[Message]:
        """The dialogues of the text. Raises: DataError where its first dialogue has no mark between utterances."""
        beside = [_lines(file) for file in (self.part.emotions, self.part.acts, self.part.topics)]
        is_first = True
        for number, line in self.part.text.lines():
            emotions, acts, topic = (next(lines, "") for lines in beside)
            if "\t" in line:  # XDailyDialog's tables: text, topic, acts, emotions
                line, topic, acts, emotions = (*line.split("\t"), "", "", "")[:4]
            if is_first and line.strip():
                is_first = False
                self._check(number, line)
            yield from self._dialogue(number, line, emotions.split(), acts.split(), topic.strip())
        self._report([len(list(lines)) for lines in beside])

    def _check(self, number: int, line: str) -> None:
        if END not in line:
            raise DataError(
                f"{self.part.text.label}, line {number:,}, has no {END} between utterances: no DailyDialog. {ADVICE}"
            )

    def _dialogue(self, number: int, line: str, emotions: list[str], acts: list[str], topic: str) -> Iterator[Message]:
        # The mark ends an utterance in the official files and only parts utterances in XDailyDialog's.
        texts = [text.strip() for text in line.strip().removesuffix(END).split(END)] if line.strip() else []
        self.odd["acts"] += bool(acts) and len(acts) != len(texts)
        is_labelled = len(emotions) == len(texts)
        self.is_labelled |= is_labelled
        self.odd["emotions"] += bool(emotions) and not is_labelled
        said = [
            Said(*SPEAKERS[turn % 2], text, label=_named(EMOTIONS, emotions[turn], 0) if is_labelled else None)
            for turn, text in enumerate(texts)
            if text
        ]
        if len(said) < len(texts):
            self.reading.drop(BLANK, f"{self.part.title}, line {number:,}", len(texts) - len(said))
        if said:
            name = f"{self.part.title}/{number}"
            yield from self.written.messages(f"dailydialog:{name}", name, said, topic=_named(TOPICS, topic, 1))

    def _report(self, unread: list[int]) -> None:
        title, notes = self.part.title, self.reading.notes
        for what, dialogues in self.odd.items():
            if dialogues:
                lost = "they have no labels" if what == "emotions" else "acts are not used"
                notes.append(f"{title}: {dialogues:,} dialogues have another number of {what} than of messages; {lost}")
        for file, lines in zip((self.part.emotions, self.part.acts, self.part.topics), unread, strict=True):
            if file is not None and lines:
                notes.append(f"{title}: {file.name} has {lines:,} lines more than there are dialogues")
        if not self.is_labelled:
            notes.append(f"{title}: no emotions stand beside it, so its messages have no labels")


def _lines(file: File | None) -> Iterator[str]:
    if file is not None:
        for _, line in file.lines():
            yield line


def _named(names: tuple[str, ...], number: str, first: int) -> str | None:
    position = int(number) - first if number.isdecimal() and len(number) < 4 else -1
    return names[position] if 0 <= position < len(names) else None
