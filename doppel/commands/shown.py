"""What of the chats the report shows: private data replaced, and nothing that a rule keeps out of sight."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import structs

from doppel.commands.prepared import SHOWN_SAMPLES, Shown, spread
from doppel.types import Funnel

if TYPE_CHECKING:
    from doppel.cache.spool import Spool
    from doppel.run.samples import SampleFile
    from doppel.types import Message, People, Split


class Page:
    """Messages as they may be read, under the names that are shown; `real`: shown id of a chat -> its own."""

    def __init__(
        self, privacy: Any, is_hidden: Callable[[Message], bool], people: People, real: Mapping[str, str]
    ) -> None:
        self.privacy, self.is_hidden, self.chats, self.real = privacy, is_hidden, people.by_chat, real

    def examples(self, found: Mapping[str, Iterable[Message]]) -> dict[str, tuple[Message, ...]]:
        """Stage -> what of its examples is no secret; stages without any are not named."""
        seen = {stage: [one for one in messages if not self.is_hidden(one)] for stage, messages in found.items()}
        return {stage: self._clean(messages) for stage, messages in seen.items() if messages}

    def samples(self, samples: SampleFile, split: Split, spool: Spool) -> tuple[Shown, ...]:
        """Training samples, evenly over time, with what the chats held then; of a secret nothing but its place."""
        chosen = [samples[split.train[place]] for place in spread(len(split.train), SHOWN_SAMPLES)]
        shown = []
        for sample in chosen:
            said = spool.between(self.real[sample.chat_id], sample.started_at, sample.ended_at)
            visible = [_without_words(one) if self.is_hidden(one) else one for one in said]
            shown.append(Shown(sample.sample_id, self._clean(visible), sample.message_ids))
        return tuple(shown)

    def _clean(self, messages: Iterable[Message]) -> tuple[Message, ...]:
        return tuple(
            structs.replace(one, chat_name=self._chat_name(one)) for one in self.privacy(iter(messages), Funnel())
        )

    def _chat_name(self, message: Message) -> str:
        chat = self.chats.get(message.chat_id)
        return chat.name if chat else message.chat_name


def _without_words(message: Message) -> Message:
    return structs.replace(
        message, sender_id="", sender_name="", text="", entities=(), media="left out", sticker_emoji=None,
        reply_to=None, forwarded_from=None, forwarded_from_id=None, via_bot=None, topic=None, label=None,
    )  # fmt: skip
