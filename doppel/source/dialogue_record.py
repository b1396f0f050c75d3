"""One record of a dialogue set, in whichever of the common shapes, as what was said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from doppel.errors import DataError
from doppel.source.columns import KEY, shown
from doppel.source.dialogue_kept import MIXED, holds_sample
from doppel.source.dialogue_sample import ExportedSamples, exported_sample
from doppel.source.dialogue_shape import (
    ANSWERED,
    LISTS,
    ROLES,
    SPEAKERS,
    WORDS,
    first_of,
    holds_dialogues,
    text_of,
    turns_of,
)
from doppel.source.table_time import Clock
from doppel.source.written_dialogue import Said, WrittenDialogues

if TYPE_CHECKING:
    from doppel.source.reading import Reading
    from doppel.source.rows import Rows
    from doppel.types import Message

STARTS = ("start_time", "started_at", "created_at", "create_time", "timestamp")  # of a whole dialogue
TOOLS = frozenset(("tool", "function", "ipython", "observation", "function_call", "function_response", "tool_call"))
ROLE_IDS = {role: f"dialogues:{role}" for role in ("user", "assistant", "system")}
OF_TOOLS = "of tools, which nobody says"
WORDLESS = "without words"
NAMELESS = "without a speaker, or with words that are no text"
SHAPELESS = "records that hold no dialogue"

ExportedAs = Literal["samples", "messages", "ignored"]


class DialogueRecords:
    """What the records of a dialogue set mean.

    `exported`: of records that hold a sample of doppel, its messages are read (`messages`, and `samples` where all of
    them hold one), or what stands beside it, as in any other record (`ignored`).
    """

    def __init__(self, reading: Reading, exported: ExportedAs) -> None:
        self.reading = reading
        self.exported_as: ExportedAs = exported
        self.kinds: dict[bool, str] = {}  # whether a record holds a sample -> the first that does, or does not
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
                f"{rows.label} holds no dialogues: its records have {shown(rows.columns, KEY)}, and none of {known}. "
                "For pairs under other names type source=pairs, for a table of messages source=table"
            )
        for number, row in rows.numbered:
            yield from self._record(rows, number, row)

    def _record(self, rows: Rows, number: int, row: Mapping[str, Any] | None) -> Iterator[Message]:
        place = rows.place(number)
        if row is not None and self.exported_as != "ignored":
            self._refuse_mixed(rows, number, row)
            if holds_sample(row):
                yield from self.exported.messages(exported_sample(row, rows.named(number)), place)
                return
        turns = None if row is None else turns_of(row)
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
        yield from self.written.messages(chat_id, chat_name, said, started_at=self.clock(first_of(row, STARTS)))

    def _refuse_mixed(self, rows: Rows, number: int, row: Mapping[str, Any]) -> None:
        is_sample = holds_sample(row)
        if is_sample not in self.kinds:
            self.kinds[is_sample] = rows.named(number)
            if len(self.kinds) > 1 and self.exported_as == "samples":
                raise DataError(f"{self.kinds[True]}, holds a sample of doppel, and {self.kinds[False]}, none. {MIXED}")

    def _said(self, turn: Any, index: int, place: str) -> Said | None:
        """A turn, or None where nobody says anything in it, which is counted."""
        if isinstance(turn, str):  # bare texts take turns
            turn = {"role": ("user", "assistant")[index % 2], "content": turn}
        role = first_of(turn, SPEAKERS) if isinstance(turn, dict) else None
        words = first_of(turn, WORDS) if isinstance(turn, dict) else None
        text = text_of(words)
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
