"""A message of Telethon as the fields that Telegram Desktop's JSON has for it, so that one reader does both."""

from __future__ import annotations

from typing import Any

MIGRATED = -1_000_000_000  # what Telegram Desktop adds to the ids of a group that became a supergroup
NOT_FETCHED = "(File not included.)"
PEERS = {"PeerUser": ("user", "user_id"), "PeerChat": ("chat", "chat_id"), "PeerChannel": ("channel", "channel_id")}
ENTITIES = {
    "MessageEntityMention": "mention",
    "MessageEntityMentionName": "mention_name",
    "MessageEntityUrl": "link",
    "MessageEntityTextUrl": "text_link",
    "MessageEntityEmail": "email",
    "MessageEntityPhone": "phone",
    "MessageEntityBankCard": "bank_card",
    "MessageEntityCode": "code",
    "MessageEntityPre": "pre",
}
MEDIA = {  # presence alone is read of these
    "MessageMediaPhoto": "photo",
    "MessageMediaContact": "contact_information",
    "MessageMediaGeo": "location_information",
    "MessageMediaGeoLive": "location_information",
    "MessageMediaVenue": "place_name",
    "MessageMediaPoll": "poll",
    "MessageMediaToDo": "todo_list",
    "MessageMediaInvoice": "invoice_information",
    "MessageMediaGame": "game_title",
    "MessageMediaGiveaway": "giveaway_information",
    "MessageMediaGiveawayResults": "giveaway_results",
    "MessageMediaPaidMedia": "paid_stars_amount",
}
NO_MEDIA = frozenset(("NoneType", "MessageMediaEmpty", "MessageMediaWebPage"))
MADE_TOPIC = "MessageActionTopicCreate"


def record_of(message: Any, me: Any, shift: int) -> dict[str, Any]:
    """The fields, as JSON can hold them. `me` is the account's own user; `shift` is added to ids of messages."""
    peer, name = _author(message, me)
    found = {"id": message.id + shift, "type": "message", "date_unixtime": str(int(message.date.timestamp()))}
    if message.action is not None:
        found |= {"type": "service", "actor": name, "actor_id": peer} | _action(message.action)
    else:
        found |= {"from": name, "from_id": peer, "text": message.message or ""}
    parts = _parts(message.message or "", message.entities or ())
    if len(parts) > 1 or any(part["type"] != "plain" for part in parts):
        found["text_entities"] = parts
    if message.fwd_from is not None:
        found |= {"forwarded_from": _forwarded_from(message), "forwarded_from_id": peer_of(message.fwd_from.from_id)}
    if message.via_bot_id is not None:
        found["via_bot"] = f"@{getattr(message.via_bot, 'username', None) or message.via_bot_id}"
    return found | _media(message.media) | _reply(message.reply_to, shift)


def name_of(entity: Any) -> str | None:
    """The whole name of a user, the title of a chat; None where there is none, as for deleted accounts."""
    words = [getattr(entity, key, None) for key in ("first_name", "last_name", "title")]
    return " ".join(word for word in words if word) or None


def peer_of(peer: Any) -> str | None:
    """ "user1", "chat1" or "channel1"."""
    kind, key = PEERS.get(type(peer).__name__, (None, None))
    return None if kind is None or key is None else f"{kind}{getattr(peer, key)}"


def _author(message: Any, me: Any) -> tuple[str | None, str | None]:
    peer = peer_of(message.from_id)
    if peer is None:
        # Posts and anonymous admins speak as the chat; of two people, the one who did not send it is the chat.
        is_mine = message.out and type(message.peer_id).__name__ == "PeerUser"
        peer = f"user{me.id}" if is_mine else peer_of(message.peer_id)
    return peer, name_of(me if peer == f"user{me.id}" else message.sender)


def _action(action: Any) -> dict[str, Any]:
    kind = type(action).__name__
    if kind == MADE_TOPIC:
        return {"action": "topic_created", "title": action.title}
    return {"action": kind.removeprefix("MessageAction")}


def _parts(text: str, entities: Any) -> list[dict[str, Any]]:
    """The text cut where an entity begins or ends; of entities that overlap, the first."""
    units = text.encode("utf-16-le", "surrogatepass")  # Telegram counts in these, two bytes each
    parts: list[dict[str, Any]] = []
    end = 0

    def add(kind: str, start: int, stop: int, **more: Any) -> None:
        if start < stop:
            piece = units[2 * start : 2 * stop].decode("utf-16-le", "surrogatepass")
            parts.append({"type": kind, "text": piece, **more})

    known = [one for one in entities if type(one).__name__ in ENTITIES]
    for entity in sorted(known, key=lambda one: (one.offset, -one.length)):
        stop = min(entity.offset + entity.length, len(units) // 2)
        if entity.offset < end or entity.offset >= stop:
            continue
        add("plain", end, entity.offset)
        more = {"href": entity.url} if type(entity).__name__ == "MessageEntityTextUrl" else {}
        add(ENTITIES[type(entity).__name__], entity.offset, stop, **more)
        end = stop
    add("plain", end, len(units) // 2)
    return parts


def _forwarded_from(message: Any) -> str | None:
    header = message.fwd_from
    origin = message.forward
    return header.from_name or name_of(getattr(origin, "sender", None)) or name_of(getattr(origin, "chat", None))


def _media(media: Any) -> dict[str, Any]:
    kind = type(media).__name__
    if kind in NO_MEDIA:
        return {}
    if kind in MEDIA:
        return {MEDIA[kind]: NOT_FETCHED}
    if kind == "MessageMediaDocument":
        return {"file": NOT_FETCHED} | _document(media.document)
    found = {"media_type": kind.removeprefix("MessageMedia").lower()}
    return found | {"sticker_emoji": media.emoticon} if kind == "MessageMediaDice" else found


def _document(document: Any) -> dict[str, Any]:
    about = {type(one).__name__: one for one in getattr(document, "attributes", None) or ()}
    sticker = about.get("DocumentAttributeSticker")
    if sticker is not None:
        return {"media_type": "sticker"} | ({"sticker_emoji": sticker.alt} if sticker.alt else {})
    video, audio = about.get("DocumentAttributeVideo"), about.get("DocumentAttributeAudio")
    if video is not None and video.round_message:
        return {"media_type": "video_message"}
    if audio is not None and audio.voice:
        return {"media_type": "voice_message"}
    if "DocumentAttributeAnimated" in about:
        return {"media_type": "animation"}
    if video is not None:
        return {"media_type": "video_file"}
    return {"media_type": "audio_file"} if audio is not None else {}


def _reply(header: Any, shift: int) -> dict[str, Any]:
    number = getattr(header, "reply_to_msg_id", None)  # a reply to a story has none
    if number is None:
        return {}
    other = peer_of(header.reply_to_peer_id)
    if other is not None:
        return {"reply_to_peer_id": other}
    found, topic = {"reply_to_message_id": number + shift}, getattr(header, "reply_to_top_id", None)
    # Telegram Desktop writes no such field; it tells the topic where the answered message is gone.
    return found if topic is None else found | {"reply_to_top_id": topic + shift}
