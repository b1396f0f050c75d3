"""Every update, kept with what comes of it in one transaction, before anything is done."""

from __future__ import annotations

import asyncio
import logging
import random
import re
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiogram.methods import SendMessage
from aiogram.types import MessageReactionUpdated, ReactionTypeEmoji

from doppel.bot import words
from doppel.bot.chat import Chat, Means
from doppel.bot.commanding import Commanding
from doppel.bot.drafts import Drafts
from doppel.bot.outcome import Outcome
from doppel.bot.reading import Note, note
from doppel.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiogram.types import Message, Update, User

    from doppel.bot.admission import Admission
    from doppel.memory.history import Conversation
    from doppel.memory.people import Person

log = logging.getLogger(__name__)
WANTED = ["message", "edited_message", "message_reaction", "callback_query"]  # of all updates that Telegram knows


class Switchboard:
    """Takes updates, and has the chats that they are of do what there is to do."""

    def __init__(self, means: Means, admission: Admission, me: User, draw: Callable[[], float] = random.random) -> None:
        self.means = means
        self.settings = means.settings
        self.memory = means.memory
        self.admission = admission
        self.me = me
        self.draw = draw
        self.source = f"telegram:{me.id}"
        self.commanding = Commanding(means, admission)
        self.drafts = Drafts(means, means.settings.owner)
        self.asks_if_model = [re.compile(one, re.IGNORECASE) for one in means.settings.asks_if_model]
        self.chats: dict[int, Chat] = {}
        self._requests: set[asyncio.Task[Any]] = set()

    def begin(self) -> None:
        """Takes up what was under way when the program last ended."""
        if hung := self.memory.replies.settle():
            log.warning(
                "%d messages were being sent when the bot ended: they may have arrived, and are not sent twice", hung
            )
        for conversation in self.memory.history.unfinished():
            if conversation.place.startswith(f"{self.source}:"):
                self._wake(conversation)
        self.show_drafts()

    def take(self, update: Update) -> None:
        """Sees to an update that has not been seen to yet."""
        outcome = Outcome()
        with self.memory.transaction():
            if not self.memory.history.take(self.source, update.update_id, datetime.now(UTC)):
                return
            self._see(update, outcome)
        if outcome.erases:
            self.memory.wipe()
        for conversation in outcome.woken.values():
            self._wake(conversation)
        for method in outcome.requests:
            self._later(self.means.calls.if_possible(method))
        if outcome.shows_drafts:
            self.show_drafts()

    def accept(self, update: Update) -> bool:
        """Whether the update is seen to, or can be by nobody; else the bot ends, and Telegram keeps it."""
        try:
            self.take(update)
        except sqlite3.OperationalError as error:  # a full disk, a file that another program holds
            told = f"{self.memory.file} cannot be written: {error}; nothing is lost: start the bot again when it can"
            self.means.stopping.stop(RunError(told))
            return False
        except Exception as fault:  # its text may quote the chat
            log.error("an update was passed over: %s", type(fault).__name__)
            self.memory.history.take(self.source, update.update_id, datetime.now(UTC))
        return True

    def show_drafts(self) -> None:
        """Shows the owner what they have to decide."""
        if self.settings.owner is not None:
            self._later(self.drafts.show())

    async def rest(self) -> None:
        """Returns when nothing is being done any more."""
        await asyncio.gather(*(chat.rest() for chat in self.chats.values()), *self._requests, return_exceptions=True)

    def _see(self, update: Update, outcome: Outcome) -> None:
        if update.message:
            self._hear(update.message, outcome)
        elif update.edited_message:
            self._correct(update.edited_message)
        elif update.message_reaction:
            self._weigh(update.message_reaction)
        elif update.callback_query:
            self.drafts.decide(update.callback_query, outcome)

    def _hear(self, message: Message, outcome: Outcome) -> None:
        if message.migrate_to_chat_id is not None:
            self._move(message.chat.id, message.migrate_to_chat_id, outcome)
            return
        said = note(message, self.me, self.means.voice.personas()[0])
        if said is None:
            return
        if not self.admission.lets_in(said):
            self._refuse(said, outcome)
            return
        person, conversation = self._person(said), self._conversation(said.chat_id, is_group=said.is_group)
        if self.admission.is_owner(said.user_id) and not said.is_group:
            outcome.shows_drafts = True
            if message.reply_to_message and self.drafts.edit(said, message.reply_to_message, outcome):
                return
        if said.command:
            self.commanding.obey(said, person, conversation, outcome)
        elif refusal := self._too_much(said):
            self._tell_in_private(said, conversation, refusal, outcome)
        else:
            self._keep(said, person, conversation, outcome)

    def _move(self, old_chat_id: int, chat_id: int, outcome: Outcome) -> None:
        """A group has become a supergroup, which has another id: all that was said there goes on here."""
        if not self.admission.knows(old_chat_id):
            return
        self.admission.follow(old_chat_id, chat_id)
        log.warning(
            "group %d is now %d: type bot.allowed=[%d] when you next start the bot", old_chat_id, chat_id, chat_id
        )
        conversation = self._conversation(old_chat_id, is_group=True)
        if self.memory.history.move(conversation.id, f"{self.source}:{chat_id}"):
            outcome.wake(self.memory.history.by_id(conversation.id))

    def _keep(self, said: Note, person: Person, conversation: Conversation, outcome: Outcome) -> None:
        """Keeps what is said, for an answer where there is to be one."""
        history = self.memory.history
        is_waiting = bool(said.text) and (said.is_addressed or self.draw() < self.settings.group_probability)
        if is_waiting:
            is_slowed, is_new = self.admission.slowed(said.user_id)
            if is_slowed:
                if is_new:
                    self._tell_in_private(said, conversation, words.TOO_MUCH, outcome)
                return
        asks = is_waiting and any(pattern.search(said.text) for pattern in self.asks_if_model)
        history.hear(
            conversation.id, person.id, said.text, said.at, said.message_id, is_waiting=is_waiting and not asks
        )
        if asks:
            history.tell(conversation.id, self.commanding.disclosure(conversation))
        if is_waiting:
            outcome.wake(conversation)

    def _too_much(self, said: Note) -> str | None:
        """Why this is not read."""
        if not said.text:
            return words.ONLY_WORDS
        if len(said.text) > self.settings.max_characters:
            return words.TOO_LONG.format(length=len(said.text), most=self.settings.max_characters)
        return None

    def _tell_in_private(self, said: Note, conversation: Conversation, text: str, outcome: Outcome) -> None:
        if not said.is_group:
            self.memory.history.tell(conversation.id, text)
            outcome.wake(conversation)

    def _refuse(self, said: Note, outcome: Outcome) -> None:
        """Nothing of who is not let in is kept."""
        if not self.admission.is_first_refusal(said.chat_id):
            return
        kind = "group" if said.is_group else "user"
        log.info("%s %d is not let in: bot.allowed=[%d] would", kind, said.chat_id, said.chat_id)
        if not said.is_group:
            text = (words.REFUSED if self.settings.owner else words.OWNERLESS).format(id=said.user_id)
            outcome.requests.append(SendMessage(chat_id=said.chat_id, text=text))

    def _correct(self, message: Message) -> None:
        said = note(message, self.me, self.means.voice.personas()[0])
        if said and said.text and self.admission.lets_in(said) and len(said.text) <= self.settings.max_characters:
            conversation = self._conversation(said.chat_id, is_group=said.is_group)
            self.memory.history.correct(conversation.id, self._person(said).id, said.message_id, said.text)

    def _weigh(self, reaction: MessageReactionUpdated) -> None:
        """A reaction to one of the bot's messages is an opinion on the reply that it is part of."""
        if reaction.user is None or not self.admission.knows(reaction.chat.id):
            return
        conversation = self._conversation(reaction.chat.id, is_group=reaction.chat.type != "private")
        given = self.memory.replies.of_message(conversation.id, reaction.message_id)
        if given is None:
            return
        person = self.memory.people.met(
            f"telegram:{reaction.user.id}", reaction.user.full_name, self.means.voice.contact(reaction.user.id)
        )
        emoji = {one.emoji for one in reaction.new_reaction if isinstance(one, ReactionTypeEmoji)}
        is_liked, is_disliked = not emoji.isdisjoint(self.settings.liked), not emoji.isdisjoint(self.settings.disliked)
        if is_liked == is_disliked:
            self.memory.feedback.remove(given.id, person.id, "reaction")
            return
        self.means.voice.judge(conversation, given, "reaction", 1 if is_liked else -1, by=person.id, better=None)

    def _person(self, said: Note) -> Person:
        return self.memory.people.met(f"telegram:{said.user_id}", said.name, self.means.voice.contact(said.user_id))

    def _conversation(self, chat_id: int, *, is_group: bool) -> Conversation:
        return self.memory.history.conversation(f"{self.source}:{chat_id}", is_group=is_group)

    def _wake(self, conversation: Conversation) -> None:
        if conversation.id not in self.chats:
            self.chats = {number: chat for number, chat in self.chats.items() if chat.is_busy}
            self.chats[conversation.id] = Chat(self.means, conversation, self.show_drafts)
        chat = self.chats[conversation.id]
        chat.conversation = conversation  # another persona may answer from now on
        chat.wake()

    def _later(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._requests.add(task)
        task.add_done_callback(self._requests.discard)
