"""Questions with their answers: each pair is a chat of two messages, the second a reply to the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doppel.source.columns import named_column
from doppel.source.files import Files
from doppel.source.reading import Reading
from doppel.source.rows import PATTERNS, RAGGED, fingerprint, read_files
from doppel.source.written_dialogue import Said, WrittenDialogues

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.source.rows import Rows
    from doppel.types import Funnel, Message

ADVICE = (
    "Accepted: JSONL, JSON, CSV, TSV or Parquet with a question and its answer in each record. Type source.path=FILE "
    "source.question=COLUMN source.answer=COLUMN"
)
QUESTION_ID, ANSWER_ID = "pairs:question", "pairs:answer"
NOT_TEXT = "of pairs without a question or an answer, or where one is no text"
CHAINED = "which are an answer said again as the next question: joined into one dialogue"


class QuestionAnswerPairs:
    """The pairs of the files, in their order."""

    def __init__(
        self,
        *,
        path: str | list[str],
        question: str,
        answer: str,
        question_name: str,
        answer_name: str,
        join_chains: bool,
    ) -> None:
        self.path = path
        self.keys = (question, answer)
        self.names = (question_name, answer_name)
        self.join_chains = join_chains

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        """Two messages of each pair, fewer where chains are joined. Raises: DataError."""
        files = Files(self.path, ADVICE).matching(*PATTERNS)
        pairs = Pairs(self.keys, self.names, Reading(), join_chains=self.join_chains)
        yield from read_files(files, pairs, funnel, ADVICE)

    def owner_ids(self) -> frozenset[str]:
        """Who answers."""
        return frozenset((ANSWER_ID,))

    def fingerprint(self) -> Mapping[str, str]:
        """File name -> sha256. Raises: DataError."""
        return fingerprint(Files(self.path, ADVICE).matching(*PATTERNS))


class Pairs:
    """What the records of a table of pairs mean."""

    def __init__(self, keys: tuple[str, str], names: tuple[str, str], reading: Reading, *, join_chains: bool) -> None:
        self.keys = keys
        self.names = names
        self.join_chains = join_chains
        self.reading = reading
        self.written = WrittenDialogues(reading)

    def owner_ids(self) -> frozenset[str]:
        """Who answers."""
        return frozenset((ANSWER_ID,))

    def messages(self, rows: Rows) -> Iterator[Message]:
        """The dialogues of the records, one held at a time. Raises: DataError for a column that is not there."""
        if not rows.columns:
            return
        for key, name in zip(("question", "answer"), self.keys, strict=True):
            named_column(rows, key, name, ADVICE)
        begun, texts = 0, list[str]()  # the record that the dialogue begins with, and what was said since
        for number, row in rows.numbered:
            pair = self._pair(rows.place(number), row)
            if pair is None:
                continue
            if self.join_chains and texts and texts[-1] == pair[0]:
                self.reading.drop(CHAINED, rows.place(number))
                texts.append(pair[1])
                continue
            yield from self._dialogue(rows.title, begun, texts)
            begun, texts = number, [*pair]
        yield from self._dialogue(rows.title, begun, texts)

    def _pair(self, place: str, row: Mapping[str, Any] | None) -> tuple[str, str] | None:
        if row is None:
            self.reading.drop(RAGGED, place, 2)
            return None
        question, answer = row.get(self.keys[0]), row.get(self.keys[1])
        if not isinstance(question, str) or not isinstance(answer, str) or not question.strip() or not answer.strip():
            self.reading.drop(NOT_TEXT, place, 2)
            return None
        return question, answer

    def _dialogue(self, title: str, begun: int, texts: list[str]) -> Iterator[Message]:
        if not texts:
            return
        said = [
            Said((QUESTION_ID, ANSWER_ID)[turn % 2], self.names[turn % 2], text, reply_to=turn or None)
            for turn, text in enumerate(texts)
        ]
        yield from self.written.messages(f"pairs:{title}/{begun}", f"{title} {begun:,}", said)
