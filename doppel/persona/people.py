"""Who speaks in an export and where, counted while its messages are stored."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from doppel.types import Chat, People, Speaker

if TYPE_CHECKING:
    from doppel.types import ChatKind, Message

# Chat, sender, sender's name, year, whether it is a service message, whether it is forwarded: messages alike in all of
# these are counted together and told apart later.
Kind = tuple[str, str, str, int, bool, bool]


class Census:
    """Counts messages as they pass. Memory grows with the people, chats and years of an export, not its messages."""

    def __init__(self) -> None:
        self.counts: dict[Kind, list[int]] = {}  # one number each: to raise it takes half the time in a list
        self.chats: dict[str, tuple[str, ChatKind]] = {}  # in order of first appearance -> name, kind

    def see(self, message: Message) -> None:
        """Counts one message."""
        kind = (
            message.chat_id,
            message.sender_id,
            message.sender_name,
            message.sent_at.year,
            message.is_service,
            message.is_forwarded,
        )
        count = self.counts.get(kind)
        if count is not None:
            count[0] += 1
            return
        self.counts[kind] = [1]
        self.chats.setdefault(message.chat_id, (message.chat_name, message.chat_kind))

    def people(self) -> People:
        """Everyone who sent a message or is named by a service message, and every chat."""
        names: defaultdict[str, Counter[str]] = defaultdict(Counter)
        spoken: Counter[str] = Counter()
        for (_, sender_id, name, _, is_service, _), (count,) in self.counts.items():
            names[sender_id][name] += count
            spoken[sender_id] += 0 if is_service else count
        order = sorted(spoken, key=lambda speaker_id: (-spoken[speaker_id], speaker_id))
        by_id = {speaker_id: _speaker(speaker_id, names[speaker_id], spoken[speaker_id]) for speaker_id in order}
        return People(by_id, self._chats())

    def _chats(self) -> dict[str, Chat]:
        messages: Counter[str] = Counter()
        own_words: defaultdict[str, Counter[str]] = defaultdict(Counter)
        years: defaultdict[str, Counter[int]] = defaultdict(Counter)
        for (chat_id, sender_id, _, year, is_service, is_forwarded), (count,) in self.counts.items():
            messages[chat_id] += count
            years[chat_id][year] += count
            if not is_service and not is_forwarded:
                own_words[chat_id][sender_id] += count
        return {
            chat_id: Chat(
                chat_id,
                name,
                kind,
                messages[chat_id],
                dict(own_words[chat_id].most_common()),
                dict(sorted(years[chat_id].items())),
            )
            for chat_id, (name, kind) in self.chats.items()
        }


def _speaker(speaker_id: str, names: Counter[str], messages: int) -> Speaker:
    spaced: Counter[str] = Counter()
    for name, count in names.items():
        spaced[" ".join(name.split())] += count  # the name that is shown is one line
    del spaced[""]  # a deleted account has no name
    shown = max(spaced, key=lambda name: (spaced[name], name), default="Unknown")
    return Speaker(speaker_id, shown, frozenset(name for name in names if name), messages)
