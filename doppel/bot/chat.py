"""One chat: gathers a burst, has it answered, sends the answer. All of it is kept, so it can end anywhere."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiogram.methods import SendChatAction, SendMessage

from doppel.bot import words
from doppel.bot.calls import Backoff, Calls, RejectedError, UnknownError
from doppel.bot.stopping import StoppedError, Stopping
from doppel.bot.telegram import LONGEST_MESSAGE, Telegram
from doppel.errors import DoppelError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from doppel.bot.voice import Voice
    from doppel.memory.history import Conversation, Kept
    from doppel.memory.memory import Memory
    from doppel.memory.replies import Outgoing
    from doppel.types import Timing

log = logging.getLogger(__name__)
TYPING_SECONDS = 4.0  # Telegram shows it for five


@dataclass(frozen=True, slots=True)
class Means:
    """What all chats share."""

    settings: Telegram
    calls: Calls
    stopping: Stopping
    memory: Memory
    voice: Voice
    timing: Timing


class Chat:
    """The work to be done in a conversation; `wake` it whenever there is some.

    `has_draft` is called when there is something for the owner to decide.
    """

    def __init__(self, means: Means, conversation: Conversation, has_draft: Callable[[], None]) -> None:
        self.means = means
        self.conversation = conversation
        self.has_draft = has_draft
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Goes to work, or hears while at work that there is more."""
        self._news.set()
        if not self.is_busy and not self.means.stopping.is_set:
            self._task = asyncio.create_task(self._work())

    @property
    def chat_id(self) -> int:
        """Telegram's id of where it is: a group that grows gets another one."""
        return chat_of(self.conversation.place)

    @property
    def is_busy(self) -> bool:
        """Whether it is at work."""
        return self._task is not None and not self._task.done()

    async def rest(self) -> None:
        """Returns when it is not at work."""
        if self._task is not None:
            await self._task

    async def _work(self) -> None:
        try:
            while True:
                self._news.clear()
                await self._send_all()
                if not self._waiting():
                    if self._news.is_set():
                        continue
                    return
                await self._gather()
                if self._is_left(self._waiting()):
                    continue
                await self._answer(self._waiting())
        except StoppedError:
            return
        except DoppelError as fault:
            self.means.stopping.stop(fault)
        except Exception as fault:  # its text may quote the chat
            log.error("chat %d: %s", self.conversation.id, type(fault).__name__)
            self.means.stopping.stop(DoppelError(f"the bot has failed: {type(fault).__name__}, see its log"))

    def _waiting(self) -> list[Kept]:
        """What wants an answer; nothing as long as the owner has to decide about one."""
        memory = self.means.memory
        if any(given.conversation_id == self.conversation.id for given in memory.replies.asked()):
            return []
        return memory.history.waiting(self.conversation.id)

    async def _gather(self) -> None:
        """Returns when the burst is taken to be whole, and the persona would begin."""
        settings = self.means.settings
        now = began = time.monotonic()
        begins_at = began + self.means.timing.reply_seconds()
        quiet_at = began + settings.gather_seconds
        while now < (until := max(begins_at, min(quiet_at, began + settings.longest_gather_seconds))):
            with contextlib.suppress(TimeoutError):
                await self.means.stopping.race(asyncio.wait_for(self._news.wait(), until - now))
                self._news.clear()
                quiet_at = time.monotonic() + settings.gather_seconds
            now = time.monotonic()

    def _is_left(self, waiting: Sequence[Kept]) -> bool:
        """Whether the persona would not answer, which is then so; in a group what asks for an answer was chosen."""
        if not waiting or self.conversation.is_group or self.means.timing.answers([one.text for one in waiting]):
            return False
        self.means.memory.replies.leave([one.id for one in waiting])
        log.info("chat %d: %d messages left unanswered", self.conversation.id, len(waiting))
        return True

    async def _answer(self, waiting: Sequence[Kept]) -> None:
        """Has a reply made and keeps it together with what it answers."""
        memory, voice = self.means.memory, self.means.voice
        if not waiting:
            return
        async with self._typing():
            messages = await self._reply(waiting)
        answered = [one.id for one in waiting]
        with memory.transaction():
            if not set(answered) <= {one.id for one in memory.history.waiting(self.conversation.id)}:
                return  # forgotten while the model spoke
            if not messages:
                memory.replies.leave(answered)
                if messages is None:
                    memory.history.tell(self.conversation.id, words.FAILED)
                return
            is_asked = self._is_asked()
            memory.replies.answer(
                self.conversation.id,
                answered,
                [part for text in messages for part in parts_of(text)],
                run=voice.run_name,
                speaker_id=voice.speaker(self.conversation)[0],
                at=datetime.now(UTC),
                is_asked=is_asked,
            )
        log.info("chat %d: %d messages answered with %d", self.conversation.id, len(answered), len(messages))
        if is_asked:
            self.has_draft()

    async def _reply(self, waiting: Sequence[Kept]) -> tuple[str, ...] | None:
        """The reply, () where the model says nothing however often it is asked; None where it fails."""
        messages: tuple[str, ...] | None = ()
        backoff = Backoff(self.means.settings)
        for attempt in range(1, self.means.settings.attempts + 1):
            try:
                messages = await self.means.stopping.race(self.means.voice.reply(self.conversation, waiting))
            except StoppedError:
                raise
            except Exception as fault:  # a model that has failed may do better in a moment: out of memory, a full queue
                why = str(fault) if isinstance(fault, DoppelError) else type(fault).__name__
                log.error("chat %d: no reply (attempt %d): %s", self.conversation.id, attempt, why)
                messages = None
                await self.means.stopping.sleep(backoff.next())
                continue
            if messages or self.means.voice.may_be_silent:
                return messages
            log.warning("chat %d: the model says nothing (attempt %d)", self.conversation.id, attempt)
        return messages

    def _is_asked(self) -> bool:
        """Whether the owner decides first: not about what is said to themselves."""
        return self.means.settings.drafts and self.chat_id != self.means.settings.owner

    async def _send_all(self) -> None:
        """Sends whatever is to be sent here, oldest first; what the program itself tells goes before."""
        memory = self.means.memory
        while notice := memory.history.notice(self.conversation.id):
            await self._send_notice(*notice)
        while outgoing := memory.replies.next(self.conversation.id):
            await self._send(outgoing)

    async def _send_notice(self, notice_id: int, text: str) -> None:
        try:
            await self.means.calls.patiently(SendMessage(chat_id=self.chat_id, text=text), may_repeat=False)
        except (RejectedError, UnknownError) as error:
            log.warning("chat %d: a notice was not sent: %s", self.conversation.id, error)
        self.means.memory.history.told(notice_id)

    async def _send(self, outgoing: Outgoing) -> None:
        calls, replies = self.means.calls, self.means.memory.replies
        if not outgoing.is_first and (seconds := self.means.timing.pause_seconds()):
            async with self._typing():
                await self.means.stopping.sleep(seconds)
        try:
            # It also finds out, at no risk of saying something twice, whether Telegram can be reached.
            await calls.patiently(self._action())
            if self.means.memory.replies.next(self.conversation.id) != outgoing:
                return  # forgotten meanwhile
            replies.mark(outgoing.id, "sending")
            method = SendMessage(chat_id=self.chat_id, text=outgoing.text)
            try:
                sent = await calls.patiently(method, may_repeat=False)
            except (StoppedError, DoppelError):
                replies.mark(outgoing.id, "queued")  # it was refused, and has not arrived
                raise
        except RejectedError as error:
            log.warning("chat %d: a message was not sent: %s", self.conversation.id, error)
            replies.mark(outgoing.id, "unsent")
        except UnknownError:
            told = "the connection broke while a message was sent: it may have arrived, and is not sent twice"
            log.warning("chat %d: %s", self.conversation.id, told)
            replies.mark(outgoing.id, "sent")
        else:
            replies.sent(outgoing.id, sent.message_id, datetime.now(UTC))

    @contextlib.asynccontextmanager
    async def _typing(self) -> AsyncIterator[None]:
        """Shows as long as this is open that somebody types."""

        async def show() -> None:
            while True:
                with contextlib.suppress(Exception):  # an ornament: what is said next tells the fault
                    await self.means.calls.once(self._action())
                await asyncio.sleep(TYPING_SECONDS)

        task = asyncio.create_task(show())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _action(self) -> SendChatAction:
        return SendChatAction(chat_id=self.chat_id, action="typing")


def chat_of(place: str) -> int:
    """Telegram's id of the chat of a conversation."""
    return int(place.rpartition(":")[2])


def parts_of(text: str) -> list[str]:
    """The text in pieces that Telegram takes."""
    return [text[at : at + LONGEST_MESSAGE] for at in range(0, len(text), LONGEST_MESSAGE)]
