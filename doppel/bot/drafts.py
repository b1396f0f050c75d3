"""Draft mode: the owner sees every reply before it is sent, and approves, edits or refuses it."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiogram.methods import AnswerCallbackQuery, EditMessageText, SendMessage
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from doppel.bot import words
from doppel.bot.calls import RejectedError, UnknownError
from doppel.bot.stopping import StoppedError
from doppel.bot.telegram import LONGEST_MESSAGE
from doppel.errors import DoppelError

if TYPE_CHECKING:
    from doppel.bot.chat import Means
    from doppel.bot.outcome import Outcome
    from doppel.bot.reading import Note
    from doppel.memory.history import Conversation
    from doppel.memory.replies import Given

log = logging.getLogger(__name__)
SHOWN_MESSAGES = 6  # of what is answered
LONGEST_REPLY = 3000  # characters of a draft that are shown
SEND, REFUSE = "send", "refuse"


class Drafts:
    """Replies that wait for the owner."""

    def __init__(self, means: Means, owner: int | None) -> None:
        self.means = means
        self.owner = owner
        self._showing = asyncio.Lock()

    async def show(self) -> None:
        """Shows the owner what they have not been shown yet; where that cannot be, it is tried when they next write."""
        memory = self.means.memory
        try:
            async with self._showing:
                for given in memory.replies.unasked():
                    buttons = [(words.APPROVE, SEND), (words.REFUSE, REFUSE)]
                    row = [InlineKeyboardButton(text=text, callback_data=f"{do}:{given.id}") for text, do in buttons]
                    markup = InlineKeyboardMarkup(inline_keyboard=[row])
                    method = SendMessage(chat_id=self.owner or 0, text=self._text(given), reply_markup=markup)
                    sent = await self.means.calls.patiently(method)
                    memory.replies.ask(given.id, sent.message_id)
        except (RejectedError, UnknownError) as error:
            log.error("the owner cannot be shown a draft (%s): write /start to the bot with the owner's account", error)
        except StoppedError:
            return
        except DoppelError as fault:
            self.means.stopping.stop(fault)

    def decide(self, query: CallbackQuery, outcome: Outcome) -> None:
        """The owner has pressed a button."""
        word, _, number = (query.data or "").partition(":")
        given = self.means.memory.replies.by_id(int(number)) if number.isdecimal() else None
        if query.from_user.id != self.owner or given is None or given.state != "asked" or word not in (SEND, REFUSE):
            outcome.requests.append(AnswerCallbackQuery(callback_query_id=query.id, text=words.GONE))
            return
        told = words.APPROVED if word == SEND else words.REFUSED_DRAFT
        if word == SEND:
            self._judge(given, "approval", outcome)
            self.means.memory.replies.approve(given, datetime.now(UTC))
        else:
            self._judge(given, "refusal", outcome)
            self.means.memory.replies.refuse(given)
        outcome.requests.append(AnswerCallbackQuery(callback_query_id=query.id, text=told))
        if isinstance(query.message, Message):
            self._mark(query.message.message_id, query.message.text or "", told, outcome)

    def edit(self, said: Note, answered: Message, outcome: Outcome) -> bool:
        """Whether the owner has answered a draft, and so said what is to be sent in its place."""
        given = self.means.memory.replies.asked_in(answered.message_id)
        if given is None:
            return False
        lines = tuple(line.strip() for line in said.text.splitlines() if line.strip())
        if given.state != "asked" or not lines:
            outcome.requests.append(SendMessage(chat_id=said.chat_id, text=words.GONE))
            return True
        self._judge(given, "edit", outcome, better=lines)
        self.means.memory.replies.approve(given, datetime.now(UTC), lines)
        self._mark(answered.message_id, answered.text or "", words.EDITED, outcome)
        return True

    def _judge(self, given: Given, kind: str, outcome: Outcome, better: tuple[str, ...] | None = None) -> None:
        conversation = self._conversation(given)
        rating = 1 if kind == "approval" else -1
        self.means.voice.judge(conversation, given, kind, rating, by=None, better=better)  # type: ignore[arg-type]
        outcome.wake(conversation)

    def _conversation(self, given: Given) -> Conversation:
        return self.means.memory.history.by_id(given.conversation_id)

    def _mark(self, message_id: int, text: str, told: str, outcome: Outcome) -> None:
        text = f"{text[: LONGEST_MESSAGE - len(told) - 2]}\n\n{told}"
        outcome.requests.append(EditMessageText(chat_id=self.owner, message_id=message_id, text=text))

    def _text(self, given: Given) -> str:
        memory = self.means.memory
        past = memory.history.past(given.conversation_id, given.seen_up_to, SHOWN_MESSAGES, given.id)
        _, speaker = self.means.voice.speaker(self._conversation(given))
        said = "\n".join(f"{one.person.name if one.person else speaker}: {one.text}" for one in past)
        asker = next((one.person for one in reversed(past) if one.person), None)
        notes = [f"\n* {note.text}" for note in memory.people.notes(asker.id)] if asker else []
        reply = "\n".join(given.messages)[:LONGEST_REPLY]
        room = LONGEST_MESSAGE - len(reply) - 500
        return words.DRAFT.format(
            name=asker.name if asker else "",
            account=asker.account if asker else "",
            notes="".join(notes)[:300],
            said=said[-room:],
            reply=reply,
        )
