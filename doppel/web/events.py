"""What happens when something is clicked or written: each answers with what the page shows then."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from doppel.errors import DataError, DoppelError
from doppel.web import look
from doppel.web.bubbles import base_bubbles, bubbles, place, thumbs, typed

if TYPE_CHECKING:
    from collections.abc import Callable

    from doppel.web.conversations import Conversations
    from doppel.web.talk import Talk
    from doppel.web.voice import Rating

LIKED: dict[Any, Rating | None] = {True: 1, False: -1}  # as Gradio tells of a thumb; anything else takes it back


class Events:
    """The page's handlers. All of them are coroutines: so one thread alone has conversations and memory."""

    def __init__(self, conversations: Conversations, disclosure: str, wait_seconds: Callable[[str], float]) -> None:
        self.conversations = conversations
        self.disclosure = disclosure
        self.wait_seconds = wait_seconds

    async def open(self, request: gr.Request) -> list[Any]:
        """A page has been opened."""
        return self._chosen(self._talk(request))

    async def close(self, request: gr.Request) -> None:
        """It has been closed."""
        self.conversations.end(*named(request))

    async def say(self, text: str | None, request: gr.Request) -> AsyncIterator[list[Any]]:
        """A burst is sent, and answered. What cannot be sent stays where it was typed."""
        talk = self._talk(request)
        try:
            messages = talk.check(text or "")
            if messages:
                self._slow_down(request)
                talk.hear(messages)
                talk.answer()
        except DoppelError as fault:
            yield [*self._shown(talk, str(fault)), gr.skip()]
            return
        typed_in: Any = ""
        async for _ in talk.speaking.changes():
            yield [*self._shown(talk), typed_in]
            typed_in = gr.skip()  # what is typed meanwhile stays

    async def stop(self, request: gr.Request) -> None:
        """The reply ends here."""
        self._talk(request).speaking.stop()

    async def clear(self, request: gr.Request) -> list[Any]:
        """A new conversation."""
        talk = self._talk(request)
        talk.clear()
        return self._shown(talk)

    async def like(self, data: gr.LikeData, request: gr.Request) -> list[Any]:
        """A thumb, or none any more."""
        rating = LIKED.get(data.liked) if isinstance(data.liked, bool) else None
        return self._tried(request, lambda talk: talk.rate(place(talk.parts, data.index)[0], rating))

    async def edit(self, data: gr.EditData, request: gr.Request) -> list[Any]:
        """Other words in the place of a message."""
        return self._tried(request, lambda talk: talk.mend(*place(talk.parts, data.index), typed(str(data.value))))

    async def set_beside(self, is_beside: bool, request: gr.Request) -> list[Any]:  # noqa: FBT001 (Gradio's call)
        """Whether the base model answers as well."""

        def change(talk: Talk) -> None:
            if is_beside and talk.voice.no_base:
                raise DataError(talk.voice.no_base)
            talk.is_beside = bool(is_beside)

        return self._tried(request, change)

    async def change_run(self, run_name: str, request: gr.Request) -> list[Any]:
        """Another run, and a new conversation."""
        talk = self._talk(request)
        talk.change_run(self.conversations.voice(run_name))
        return self._chosen(talk)

    async def speak_as(self, id_: str, request: gr.Request) -> list[Any]:
        """Somebody else answers."""
        return self._changed(request, lambda talk: talk.speak_as(id_))

    async def talk_as(self, id_: str, request: gr.Request) -> list[Any]:
        """Somebody else talks with them."""
        return self._changed(request, lambda talk: talk.talk_as(id_))

    def _talk(self, request: gr.Request) -> Talk:
        return self.conversations.of(*named(request))

    def _slow_down(self, request: gr.Request) -> None:
        """Raises: DataError."""
        if wait := self.wait_seconds(named(request)[0]):
            raise DataError(f"that was a lot at once: the next message in {math.ceil(wait)} s")

    def _tried(self, request: gr.Request, change: Callable[[Talk], None]) -> list[Any]:
        talk = self._talk(request)
        try:
            change(talk)
        except DoppelError as fault:
            return self._shown(talk, str(fault))
        return self._shown(talk)

    def _changed(self, request: gr.Request, change: Callable[[Talk], None]) -> list[Any]:
        talk = self._talk(request)
        try:
            change(talk)
        except DoppelError as fault:
            return self._chosen(talk, str(fault))
        return self._chosen(talk)

    def _shown(self, talk: Talk, fault: str = "") -> list[Any]:
        """The conversation, that with the base, the line on what happens, what was remembered."""
        speaker = talk.person(talk.speaker).name
        chat = gr.Chatbot(bubbles(talk.parts), feedback_value=thumbs(talk.parts), label=speaker)
        base = gr.Chatbot(base_bubbles(talk.parts), visible=talk.is_beside)
        return [chat, base, look.status(fault or talk.speaking.status), look.lists(talk.remembered())]

    def _chosen(self, talk: Talk, fault: str = "") -> list[Any]:
        """The same, and what can be chosen."""
        people = talk.voice.people()
        labels = [(one.label, one.id) for one in people]
        others = [(label, id_) for label, id_ in labels if id_ != talk.speaker]
        return [
            *self._shown(talk, fault),
            gr.Dropdown(labels[:-1], value=talk.speaker),
            gr.Dropdown(others, value=talk.partner),
            gr.Checkbox(talk.is_beside, visible=not talk.voice.no_base),
            look.head(self.disclosure, talk.person(talk.speaker).name),
        ]


def named(request: gr.Request) -> tuple[str, str]:
    """The address that a page is open at, and the page's name, which its browser has drawn."""
    return request.client.host if request.client else "", str(request.session_hash)
