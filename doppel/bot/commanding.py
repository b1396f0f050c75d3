"""What /commands do. Their answers are kept with the update that asks for them, and so are neither lost nor doubled."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from doppel.bot import words
from doppel.errors import DataError

if TYPE_CHECKING:
    from doppel.bot.admission import Admission
    from doppel.bot.chat import Means
    from doppel.bot.outcome import Outcome
    from doppel.bot.reading import Note
    from doppel.memory.history import Conversation
    from doppel.memory.people import Person


class Commanding:
    """The commands of a chat."""

    def __init__(self, means: Means, admission: Admission) -> None:
        self.means = means
        self.admission = admission
        self.commands = {
            "start": self._start,
            "help": self._help,
            "clear": self._clear,
            "forget": self._forget,
            "persona": self._persona,
            "note": self._note,
        }

    def obey(self, said: Note, person: Person, conversation: Conversation, outcome: Outcome) -> None:
        """Does what is asked, and answers."""
        is_owner = self.admission.is_owner(said.user_id)
        command = self.commands.get(said.command or "", self._help)
        if said.is_group and (said.command not in self.commands or (said.command in OF_OWNER and not is_owner)):
            return  # another bot's, or not theirs to say
        told = command(said, person, conversation, outcome)
        history = self.means.memory.history
        conversation = history.conversation(conversation.place, is_group=conversation.is_group)  # it may be new
        history.tell(conversation.id, told)
        outcome.wake(conversation)

    def disclosure(self, conversation: Conversation) -> str:
        """That a model speaks."""
        return self.means.settings.disclosure.format(name=self.means.voice.speaker(conversation)[1])

    def _start(self, _said: Note, _person: Person, conversation: Conversation, _outcome: Outcome) -> str:
        drafts = words.DRAFTS if self.means.settings.drafts else ""
        return words.START.format(disclosure=self.disclosure(conversation), drafts=drafts)

    def _help(self, said: Note, _person: Person, conversation: Conversation, _outcome: Outcome) -> str:
        lines = [self.disclosure(conversation), *(f"/{name}: {what}" for name, what in words.COMMANDS.items())]
        if said.is_group:
            lines.append(words.GROUP_HELP)
        elif self.admission.is_owner(said.user_id):
            lines.append(words.OWNER_HELP)
        return "\n".join(lines)

    def _clear(self, _said: Note, _person: Person, conversation: Conversation, outcome: Outcome) -> str:
        self.means.memory.history.clear(conversation.id)
        outcome.erases = True
        return words.CLEARED

    def _forget(self, _said: Note, person: Person, _conversation: Conversation, outcome: Outcome) -> str:
        found = self.means.memory.forget(person.id)
        outcome.erases = True
        return words.FORGOTTEN.format(
            messages=found.messages, replies=found.replies, notes=found.notes, opinions=found.opinions
        )

    def _persona(self, said: Note, _person: Person, conversation: Conversation, _outcome: Outcome) -> str:
        voice, history = self.means.voice, self.means.memory.history
        if not said.rest:
            _, name = voice.speaker(conversation)
            return words.SPEAKS.format(
                name=name, others=", ".join(one for one in voice.personas() if one != name) or "-"
            )
        try:
            speaker_id = voice.find(said.rest, is_anybody=self.admission.is_owner(said.user_id))
        except DataError as fault:
            return str(fault)
        history.speak_as(conversation.id, speaker_id)
        return words.NOW_SPEAKS.format(name=voice.speaker(history.by_id(conversation.id))[1])

    def _note(self, said: Note, person: Person, conversation: Conversation, outcome: Outcome) -> str:
        if not self.admission.is_owner(said.user_id) or said.is_group or not said.rest:
            return self._help(said, person, conversation, outcome)
        people = self.means.memory.people
        who, _, text = said.rest.partition(" ")
        found = people.called(f"telegram:{who}") or people.called(who)
        if len(found) != 1:
            known = ", ".join(f"{one.account.rpartition(':')[2]} {one.name}" for one in people.everyone())
            return words.NOBODY.format(id=who, known=known)
        notes = people.notes(found[0].id)
        if removal := REMOVAL.fullmatch(text.strip()):
            number = int(removal[1])
            if not 1 <= number <= len(notes):
                return words.NO_NOTE.format(number=number, many=len(notes))
            people.remove_note(notes[number - 1].id)
            return words.UNNOTED
        if text.strip():
            people.note(found[0].id, text.strip(), datetime.now(UTC))
            return words.NOTED
        return "\n".join(f"{note.written_at:%Y-%m-%d}: {note.text}" for note in notes) or "-"


REMOVAL = re.compile(r"-(\d+)")  # of /note ID -1: the first of the list
OF_OWNER = ("clear", "persona", "note")  # in groups: what would change the talk of all
