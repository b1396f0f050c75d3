"""A Telegram export as a stream of (chat, fields of one message), with one message in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from doppel.types import ChatKind

Events = Iterator[tuple[str, Any]]  # of ijson.basic_parse

KINDS: dict[str, ChatKind] = {
    "saved_messages": "saved",
    "replies": "service",
    "verification_codes": "service",
    "personal_chat": "personal",
    "private_chat": "personal",  # not Telegram Desktop's word: other tools write it
    "bot_chat": "bot",
    "private_group": "group",
    "private_supergroup": "group",
    "public_supergroup": "group",
    "group_chat": "group",  # not Telegram Desktop's word
    "private_channel": "channel",
    "public_channel": "channel",
}
# Present or not is all that is asked of these.
MEDIA = {
    "photo": "photo",
    "file": "file",
    "contact_information": "contact",
    "location_information": "location",
    "poll": "poll",
    "todo_list": "todo_list",
    "invoice_information": "invoice",
    "game_title": "game",
    "giveaway_information": "giveaway",
}
PRESENCE = frozenset((*MEDIA, "forwarded_from", "reply_to_peer_id"))
VALUES = frozenset((
    "id", "type", "date", "date_unixtime", "from", "from_id", "actor", "actor_id", "text", "text_entities",
    "media_type", "sticker_emoji", "via_bot", "reply_to_message_id",
))  # fmt: skip
HOLDERS = frozenset(("chats", "left_chats", "list"))
SCALARS = frozenset(("string", "number", "integer", "double", "boolean", "null"))
STARTS = frozenset(("start_map", "start_array"))
ENDS = frozenset(("end_map", "end_array"))


@dataclass(frozen=True, slots=True)
class Chat:
    """What a message says about its chat."""

    chat_id: str
    name: str
    kind: ChatKind
    peer: str | None  # the other person of a personal chat, as a sender_id


@dataclass(slots=True)
class Seen:
    """What the walk has met so far beside the messages."""

    keys: dict[str, None] = field(default_factory=dict)  # an ordered set, without those of messages
    user_id: int | None = None  # of personal_information
    chats: list[Chat] = field(default_factory=list)


def walk(events: Events, seen: Seen) -> Iterator[tuple[Chat, dict[str, Any]]]:
    """Each message with its chat: from an account, a single chat or a bare list of chats."""
    event, _ = next(events)
    yield from (_list if event == "start_array" else _object)(events, seen)


def _list(events: Events, seen: Seen) -> Iterator[tuple[Chat, dict[str, Any]]]:
    for event, _ in events:
        if event == "end_array":
            return
        if event == "start_map":
            yield from _object(events, seen)
        else:
            _skip(event, events)


def _object(events: Events, seen: Seen) -> Iterator[tuple[Chat, dict[str, Any]]]:
    """An account, the holder of a list of chats, or a chat: they are told apart by their keys."""
    head: dict[str, Any] = {}
    waiting: list[dict[str, Any]] | None = None  # messages before the chat's id: never in Telegram's own files
    for event, key in events:
        if event == "end_map":
            break
        seen.keys[key] = None
        event, value = next(events)
        if key == "messages" and event == "start_array":
            if "id" in head and "type" in head:
                yield from _with_chat(_chat(head, seen), _messages(events))
            else:
                waiting = list(_messages(events))
        elif key in HOLDERS and event in STARTS:
            yield from (_list if event == "start_array" else _object)(events, seen)
        elif key == "personal_information" and event == "start_map":
            seen.user_id = _value(event, value, events).get("user_id")
        else:
            head[key] = value  # None for what is skipped
            _skip(event, events)
    if waiting is not None:
        yield from _with_chat(_chat(head, seen), iter(waiting))


def _with_chat(chat: Chat, messages: Iterator[dict[str, Any]]) -> Iterator[tuple[Chat, dict[str, Any]]]:
    for fields in messages:
        yield chat, fields


def _chat(head: dict[str, Any], seen: Seen) -> Chat:
    written = str(head.get("type") or "unknown")
    number = head.get("id")
    chat = Chat(
        chat_id=f"{written}:{f'#{len(seen.chats) + 1}' if number is None else number}",
        name=str(head.get("name") or written),
        kind=KINDS.get(written, "unknown"),
        peer=None if number is None else f"user{number}",
    )
    seen.chats.append(chat)
    return chat


def _messages(events: Events) -> Iterator[dict[str, Any]]:
    for event, _ in events:
        if event == "end_array":
            return
        if event == "start_map":
            yield _fields(events)
        else:
            _skip(event, events)


def _fields(events: Events) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for event, key in events:
        if event == "end_map":
            break
        event, value = next(events)
        # text_entities repeats the text: read only where `text` is missing or empty.
        is_read = key in VALUES and not (key == "text_entities" and fields.get("text"))
        if is_read:
            fields[key] = value if event in SCALARS else _value(event, value, events)
        else:
            if key in PRESENCE:
                fields[key] = True
            if event in STARTS:
                _skip(event, events)
    return fields


def _value(event: str, value: Any, events: Events) -> Any:
    """The whole JSON value that begins with this event."""
    if event == "start_map":
        found: dict[str, Any] = {}
        for inner, key in events:
            if inner == "end_map":
                break
            found[key] = _value(*next(events), events)
        return found
    if event == "start_array":
        items: list[Any] = []
        for inner, item in events:
            if inner == "end_array":
                break
            items.append(_value(inner, item, events))
        return items
    return value


def _skip(event: str, events: Events) -> None:
    if event not in STARTS:
        return
    depth = 1
    for inner, _ in events:
        depth += (inner in STARTS) - (inner in ENDS)
        if not depth:
            return
