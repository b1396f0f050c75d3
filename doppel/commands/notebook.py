"""Notes on whoever talks, in the file that the bot keeps: read when there is one, made by the first note."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from doppel.engine.cast import Known
from doppel.memory.memory import Memory
from doppel.memory.people import Note

REMOVAL = re.compile(r"-(\d+)")
NO_SUCH = "There is no note -{number}: {many} are kept."


class Notebook:
    """The notes of a memory file, by the speaker_id of whom they are on. Used by one thread."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._memory: Memory | None = None

    def told(self, speaker_id: str) -> list[str]:
        """The texts of the notes, newest first. Raises: RunError for a damaged file."""
        return [note.text for note in self._notes(speaker_id)]

    def obey(self, rest: str, who: Known) -> str:
        """Adds the note, takes note `-N` back, or lists all of them where nothing is said. Raises: RunError."""
        notes = self._notes(who.speaker_id)
        if not rest:
            return numbered(notes) or f"There are no notes on {who.name}."
        if removal := REMOVAL.fullmatch(rest):
            number = int(removal[1])
            if not 1 <= number <= len(notes):
                return NO_SUCH.format(number=number, many=len(notes))
            self._open().people.remove_note(notes[number - 1].id)
            return f"Taken back: {notes[number - 1].text}"
        people = self._open().people
        known = people.known_as(who.speaker_id)
        contact = who.speaker_id if who.message_count else None
        person = known[0] if known else people.met(who.speaker_id, who.name, contact)
        people.note(person.id, rest, datetime.now(UTC))
        return f"Noted on {who.name}, in {self.file}."

    def close(self) -> None:
        """Closes the file."""
        if self._memory is not None:
            self._memory.close()

    def _notes(self, speaker_id: str) -> list[Note]:
        return self._open().people.notes_on(speaker_id) if self._memory or self.file.is_file() else []

    def _open(self) -> Memory:
        if self._memory is None:
            self._memory = Memory(self.file)
        return self._memory


def numbered(notes: Sequence[Note]) -> str:
    """A line for each, with the number that takes it back."""
    return "\n".join(f"-{place} {note.written_at:%Y-%m-%d}: {note.text}" for place, note in enumerate(notes, 1))
