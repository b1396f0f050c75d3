"""Who speaks in an export and where, counted while its messages are stored."""

from __future__ import annotations

from collections import Counter, defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING

from doppel.types import Chat, People, Speaker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from doppel.types import ChatKind, Message

# Messages alike in all of these are counted together and told apart later.
KIND = attrgetter(
    "chat_id",
    "chat_name",
    "chat_kind",
    "sender_id",
    "sender_name",
    "sent_at.year",
    "is_service",
    "is_forwarded",
    "label",
    "is_timed",
)
Kind = tuple[str, str, "ChatKind", str, str, int, bool, bool, str | None, bool]


class Census:
    """Counts messages as they pass. Memory grows with people, chats, years and labels, not with messages."""

    def __init__(self) -> None:
        self.counts: Counter[Kind] = Counter()  # in order of first appearance

    def see(self, messages: Iterable[Message]) -> None:
        """Counts messages; many at once cost half of one at a time."""
        self.counts.update(map(KIND, messages))

    def people(self) -> People:
        """Everyone who sent a message or is named by a service message, and every chat."""
        names: defaultdict[str, Counter[str]] = defaultdict(Counter)
        spoken: Counter[str] = Counter()
        for (_, _, _, sender_id, name, _, is_service, *_), count in self.counts.items():
            names[sender_id][name] += count
            spoken[sender_id] += 0 if is_service else count
        order = sorted(spoken, key=lambda speaker_id: (-spoken[speaker_id], speaker_id))
        by_id = {speaker_id: _speaker(speaker_id, names[speaker_id], spoken[speaker_id]) for speaker_id in order}
        return People(by_id, self._chats())

    def _chats(self) -> dict[str, Chat]:
        messages: Counter[str] = Counter()
        own_words: defaultdict[str, Counter[str]] = defaultdict(Counter)
        years: defaultdict[str, Counter[int]] = defaultdict(Counter)
        labels: defaultdict[str, set[str]] = defaultdict(set)
        chats: dict[str, tuple[str, ChatKind]] = {}
        for key, count in self.counts.items():
            chat_id, name, kind, sender_id, _, year, is_service, is_forwarded, label, is_timed = key
            chats.setdefault(chat_id, (name, kind))
            messages[chat_id] += count
            if is_timed:
                years[chat_id][year] += count
            if not is_service and not is_forwarded:
                own_words[chat_id][sender_id] += count
            if label is not None:
                labels[chat_id].add(label)
        return {
            chat_id: Chat(
                chat_id,
                name,
                kind,
                messages[chat_id],
                dict(own_words[chat_id].most_common()),
                dict(sorted(years[chat_id].items())),
                frozenset(labels.get(chat_id, ())),
            )
            for chat_id, (name, kind) in chats.items()
        }


def _speaker(speaker_id: str, names: Counter[str], messages: int) -> Speaker:
    spaced: Counter[str] = Counter()
    for name, count in names.items():
        spaced[" ".join(name.split())] += count  # the name that is shown is one line
    del spaced[""]  # a deleted account has no name
    shown = max(spaced, key=lambda name: (spaced[name], name), default="Unknown")
    return Speaker(speaker_id, shown, frozenset(name for name in names if name), messages)
