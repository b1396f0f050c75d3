"""Which of several exports are of one account: Telegram numbers private chats for each account by itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from doppel.source.id_set import IdSet
from doppel.source.ledger import Ledger
from doppel.source.telegram_chat import NUMBERED_TOGETHER, Chat
from doppel.source.telegram_message import MessageReader
from doppel.source.telegram_owner import OwnerSigns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from doppel.types import Funnel, Message

LOOKED_AT = 1000  # messages of a chat, to tell whose it is
ZONES_MINUTES = 15  # time zones differ by multiples of it, and old exports give local times alone
MAX_NAMES = 6


@dataclass(slots=True)
class _Numbers:
    """A private chat as one account numbers its messages."""

    chat_id: str
    account: str | None  # None: nothing told
    is_certain: bool  # told by the export of the whole account
    ids: IdSet = field(default_factory=IdSet)
    moments: IdSet = field(default_factory=IdSet)  # each id with its time, whatever the time zone

    def are_of(self, messages: list[Message]) -> bool | None:
        """Whether the messages that have an id in common were sent at the same time, most of them; None for none."""
        known = [message for message in messages if message.message_id in self.ids]
        agreeing = sum(_moment(message) in self.moments for message in known)
        return None if 2 * agreeing == len(known) else 2 * agreeing > len(known)


class Accounts:
    """The private chats of several exports, those of different accounts kept apart.

    Whose a chat is, the export of an account says. A single chat tells it by its numbers, where an earlier file has
    the same ones at the same or at other times, else by who speaks to the other one; where nothing tells, it is taken
    for the account that was read first. Held meanwhile: 16 bytes for each message of private chats.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.known: dict[str, list[_Numbers]] = {}  # chat_id -> of each account
        self.numbers: _Numbers | None = None  # of the chat at hand; None where all accounts have the same

    def chat(self, label: str, chat: Chat, records: Iterator[Any], user_id: int | None) -> tuple[Chat, Iterator[Any]]:
        """The chat, under an id of its own where an earlier file has it from another account, and its records.

        `label` is of the file. Raises: DataError.
        """
        self.numbers = None
        if chat.chat_id.partition(":")[0] in NUMBERED_TOGETHER:
            return chat, records
        told, is_certain = (None, False) if user_id is None else (f"user{user_id}", True)
        known = self.known.setdefault(chat.chat_id, [])
        same = next((one for one in known if is_certain and one.account == told), None)
        others = [one for one in known if not (is_certain and one.is_certain)]
        if same is None and (others or not is_certain):
            first = list(islice(records, LOOKED_AT))
            records = chain(first, records)
            messages = self._read(label, chat, first)
            told = told or _owner(chat, messages)
            same = next((one for one in others if _is_same(one, told, messages)), None)
        if same is None:
            prefix = f"{told or f'account{len(known) + 1}'}/" if known else ""  # as in a mix
            known.append(same := _Numbers(f"{prefix}{chat.chat_id}", told, is_certain))
        elif told is not None and (is_certain or same.account is None):
            same.account, same.is_certain = told, is_certain
        self.numbers = same
        return replace(chat, chat_id=same.chat_id), records

    def noted(self, messages: Iterator[Message]) -> Iterator[Message]:
        """The messages of the chat at hand, whose numbers are remembered."""
        numbers = self.numbers
        if numbers is None:
            return messages
        return _noted(messages, numbers.ids, numbers.moments)

    def report(self, funnel: Funnel) -> None:
        """Tells which chats were kept apart."""
        apart = [one.chat_id for several in self.known.values() for one in several[1:]]
        if apart:
            names = ", ".join(apart[:MAX_NAMES]) + (", ..." if len(apart) > MAX_NAMES else "")
            funnel.note(
                f"source: {len(apart):,} private chats are in exports of several accounts, which number their messages "
                f"each for itself: kept apart ({names})."
            )

    def _read(self, label: str, chat: Chat, records: list[Any]) -> list[Message]:
        scout = MessageReader(Ledger(""), self.zone)  # counts nothing: the messages are read again
        return list(scout.messages(label, chat, iter(records)))


def _noted(messages: Iterator[Message], ids: IdSet, moments: IdSet) -> Iterator[Message]:
    for message in messages:
        ids.add(message.message_id)
        moments.add(_moment(message))
        yield message


def _moment(message: Message) -> int:
    sent_at = message.sent_at
    return message.message_id << 10 | sent_at.minute % ZONES_MINUTES * 60 + sent_at.second


def _owner(chat: Chat, messages: list[Message]) -> str | None:
    signs = OwnerSigns()
    signs.add(chat, {message.sender_id for message in messages if not message.is_service})
    owner = signs.owner(None)
    return owner if owner is not None and not owner.startswith("name:") else None  # names change


def _is_same(numbers: _Numbers, account: str | None, messages: list[Message]) -> bool:
    if account is not None and account == numbers.account:
        return True
    found = numbers.are_of(messages)
    return found if found is not None else account is None or numbers.account is None
