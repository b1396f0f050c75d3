"""One record of a dialogue set, in whichever of the common shapes, as what was said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from doppel.errors import DataError
from doppel.source.columns import shown
from doppel.source.dialogue_sample import ExportedSamples
from doppel.source.table_time import Clock
from doppel.source.written_dialogue import Said, WrittenDialogues

if TYPE_CHECKING:
    from doppel.source.reading import Reading
    from doppel.source.rows import Rows
    from doppel.types import Message

LISTS = ("messages", "conversations", "conversation", "dialog", "dialogue", "turns", "utterances")
ANSWERED = (
    ("prompt", "response"),
    ("prompt", "completion"),
    ("instruction", "output"),
    ("question", "answer"),
)
SPEAKERS = ("role", "from", "sender", "speaker", "author")
WORDS = ("content", "value", "text", "utterance")
STARTS = ("start_time", "started_at", "created_at", "create_time", "timestamp")  # of a whole dialogue
ROLES = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "system": "system",
    "developer": "system",
}
TOOLS = frozenset(("tool", "function", "ipython", "observation", "function_call", "function_response", "tool_call"))
ROLE_IDS = {role: f"dialogues:{role}" for role in ("user", "assistant", "system")}
OF_TOOLS = "of tools, which nobody says"
WORDLESS = "without words"
NAMELESS = "without a speaker, or with words that are no text"
SHAPELESS = "records that hold no dialogue"


class DialogueRecords:
    """What the records of a dialogue set mean."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.written = WrittenDialogues(reading)
        self.clock = Clock("auto", "UTC")
        self.exported = ExportedSamples(reading)
        self.owners: set[str] = set()  # the assistants seen so far

    def owner_ids(self) -> frozenset[str]:
        """The assistants, and the personas of doppel's own samples; nobody where roles are other words."""
        return frozenset(self.owners | self.exported.owners)

    def messages(self, rows: Rows) -> Iterator[Message]:
        """The messages of the records. Raises: DataError where none of the first records is a dialogue."""
        if rows.columns and not holds_dialogues(rows.columns):
            known = ", ".join((*LISTS, *("+".join(pair) for pair in ANSWERED)))
            raise DataError(
                f"{rows.label} holds no dialogues: its records have {shown(rows.columns)}, and none of {known}. "
                "For pairs under other names type source=pairs, for a table of messages source=table"
            )
        for number, row in rows.numbered:
            yield from self._record(rows, number, row)

    def _record(self, rows: Rows, number: int, row: Mapping[str, Any] | None) -> Iterator[Message]:
        place = rows.place(number)
        if row is not None and row.get("doppel"):
            yield from self.exported.messages(row["doppel"], f"{rows.label}, {rows.unit} {number:,}", place)
            return
        turns = None if row is None else _turns(row)
        if row is None or turns is None:
            self.reading.drop(SHAPELESS, place)
            return
        said = [one for index, turn in enumerate(turns) if (one := self._said(turn, index, place)) is not None]
        system = row.get("system")
        if isinstance(system, str) and system.strip():
            said.insert(0, Said(ROLE_IDS["system"], "System", system, is_service=True))
        label = row.get("label")
        if isinstance(label, str) and label:
            label = self.reading.clean(label)
            said = [one._replace(label=label) for one in said]
        # By number, as the ids of data sets repeat.
        chat_id, chat_name = f"dialogues:{rows.title}/{number}", f"{rows.title} {number:,}"
        yield from self.written.messages(chat_id, chat_name, said, started_at=self.clock(_first(row, STARTS)))

    def _said(self, turn: Any, index: int, place: str) -> Said | None:
        """A turn, or None where nobody says anything in it, which is counted."""
        if isinstance(turn, str):  # bare texts take turns
            turn = {"role": ("user", "assistant")[index % 2], "content": turn}
        role = _first(turn, SPEAKERS) if isinstance(turn, dict) else None
        words = _first(turn, WORDS) if isinstance(turn, dict) else None
        text = _text(words)
        if not isinstance(role, str) or not role or text is None:
            self.reading.drop(NAMELESS, place)
        elif role.lower() in TOOLS:
            self.reading.drop(OF_TOOLS, place)
        elif not text.strip():
            self.reading.drop(WORDLESS, place)
        else:
            return self._spoken(turn, role, text)
        return None

    def _spoken(self, turn: Mapping[str, Any], role: str, text: str) -> Said:
        part = ROLES.get(role.lower(), "")
        if part == "system":
            return Said(ROLE_IDS["system"], "System", text, is_service=True)
        given = turn.get("name")
        name = self.reading.clean(given) if isinstance(given, str) else ""
        role = self.reading.clean(role)
        speaker = f"dialogues:{name or role}" if name or not part else ROLE_IDS[part]
        if part == "assistant":
            self.owners.add(speaker)
        return Said(speaker, name or (part or role).capitalize(), text)


def holds_dialogues(columns: Sequence[str]) -> bool:
    """Whether records with these keys may be dialogues."""
    return any(key in columns for key in ("doppel", *LISTS)) or any(
        all(key in columns for key in pair) for pair in ANSWERED
    )


def _turns(row: Mapping[str, Any]) -> list[Any] | None:
    for key in LISTS:
        found = row.get(key)
        if isinstance(found, list):
            return found
        if isinstance(found, dict):  # `datasets` turns a list of objects into an object of lists
            columns = [value for value in found.values() if isinstance(value, list)]
            names = [name for name, value in found.items() if isinstance(value, list)]
            return [dict(zip(names, values, strict=False)) for values in zip(*columns, strict=False)]
    for asked, answered in ANSWERED:
        if asked in row and answered in row:
            return [*_side(row[asked], "user"), *_side(row[answered], "assistant")]
    return None


def _side(value: Any, role: str) -> list[Any]:
    return value if isinstance(value, list) else [{"role": role, "content": value}]


def _first(turn: Mapping[str, Any], keys: Sequence[str]) -> Any:
    return next((turn[key] for key in keys if turn.get(key) is not None), None)


def _text(words: Any) -> str | None:
    """The text of a content; "" where there is none, None where it is something else."""
    if words is None:
        return ""
    if isinstance(words, list):  # OpenAI's parts: text beside pictures
        parts = [part.get("text") for part in words if isinstance(part, dict) and part.get("type") == "text"]
        return "".join(part for part in parts if isinstance(part, str))
    return words if isinstance(words, str) else None
