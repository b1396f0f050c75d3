"""Everybody's conversation by the page that it is on: nobody gets at another one's."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from doppel.web.talk import Talk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doppel.web.gradio import Gradio
    from doppel.web.voice import Voice


def system_clock() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


class Conversations:
    """At most so many; the one longest untouched gives way."""

    def __init__(self, voices: Sequence[Voice], settings: Gradio) -> None:
        self.voices = voices
        self.settings = settings
        self._talks: OrderedDict[tuple[str, str], Talk] = OrderedDict()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being said anywhere."""
        return not any(talk.speaking.is_busy for talk in self._talks.values())

    def of(self, address: str, page: str) -> Talk:
        """The conversation of a page, a new one where there is none; a page's name means nothing from elsewhere."""
        key = (address, page)
        if key not in self._talks:
            limits = {"max_characters": self.settings.max_characters, "max_messages": self.settings.max_messages}
            self._talks[key] = Talk(self.voices[0], **limits, clock=system_clock)
            if len(self._talks) > self.settings.max_conversations:
                self._talks.popitem(last=False)[1].clear()
        self._talks.move_to_end(key)
        return self._talks[key]

    def end(self, address: str, page: str) -> None:
        """A page has been closed."""
        talk = self._talks.pop((address, page), None)
        if talk is not None:
            talk.clear()

    def voice(self, run_name: str) -> Voice:
        """The run of this name; the first where there is none."""
        return next((voice for voice in self.voices if voice.run_name == run_name), self.voices[0])
