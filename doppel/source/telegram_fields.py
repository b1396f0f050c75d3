"""What is read of a message in Telegram Desktop's JSON, and no more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, field, json
from msgspec.structs import fields as fields_of_struct

# Present or not is all that is asked of these.
MEDIA = {
    "photo": "photo",
    "file": "file",
    "contact_information": "contact",
    "location_information": "location",
    "place_name": "location",
    "poll": "poll",
    "todo_list": "todo_list",
    "invoice_information": "invoice",
    "game_title": "game",
    "giveaway_information": "giveaway",
    "giveaway_results": "giveaway",
    "paid_stars_amount": "paid_media",
}


class Part(Struct, gc=False):
    """A part of a text with its label, as of text_entities."""

    type: str = "plain"
    text: str = ""


class Fields(Struct, gc=False):
    """The fields of one message, of any type that JSON has. UNSET: not there, which null is not the same as."""

    id: Any = None
    type: Any = None
    date: Any = None
    date_unixtime: datetime | None = None  # anything where the message was decoded as a plain value
    from_: Any = field(default=None, name="from")
    from_id: Any = None
    actor: Any = None
    actor_id: Any = None
    action: Any = None
    title: Any = None
    text: Any = None
    text_entities: list[Part] = []  # plain values where the message was decoded as one
    media_type: Any = None
    sticker_emoji: Any = None
    via_bot: Any = None
    reply_to_message_id: Any = None
    reply_to_top_id: Any = None  # of telegram_api alone
    reply_to_peer_id: Any = UNSET
    forwarded_from: Any = UNSET
    forwarded_from_id: Any = UNSET
    photo: Any = UNSET
    file: Any = UNSET
    contact_information: Any = UNSET
    location_information: Any = UNSET
    place_name: Any = UNSET
    poll: Any = UNSET
    todo_list: Any = UNSET
    invoice_information: Any = UNSET
    game_title: Any = UNSET
    giveaway_information: Any = UNSET
    giveaway_results: Any = UNSET
    paid_stars_amount: Any = UNSET


# strict=False: seconds in a string become a moment, in C and for nothing; int and fromtimestamp cost 0.4 microseconds.
decode = json.Decoder(list[Fields], strict=False).decode
NO_MEDIA = (UNSET,) * len(MEDIA)
NAMES = {one.encode_name: one.name for one in fields_of_struct(Fields)}


def fields_of(value: Any) -> Fields | None:
    """The fields of a message that was decoded as a plain value; None for what is no object."""
    if not isinstance(value, dict):
        return None
    return Fields(**{NAMES[key]: one for key, one in value.items() if key in NAMES})


def is_only_words(fields: Fields) -> bool:
    """Whether there is nothing but who said what, when, and in reply to what."""
    return (
        fields.media_type is None
        and fields.sticker_emoji is None
        and fields.via_bot is None
        and fields.action is None
        and fields.forwarded_from is UNSET
        and fields.forwarded_from_id is UNSET
        and _media_fields(fields) == NO_MEDIA
    )


def media_of(fields: Fields) -> str | None:
    """The kind of media that the message has beside its media_type; None for words alone."""
    present = _media_fields(fields)
    if present == NO_MEDIA:
        return None
    return next(name for one, name in zip(present, MEDIA.values(), strict=True) if one is not UNSET)


def _media_fields(fields: Fields) -> tuple[Any, ...]:
    return (
        fields.photo, fields.file, fields.contact_information, fields.location_information, fields.place_name,
        fields.poll, fields.todo_list, fields.invoice_information, fields.game_title,
        fields.giveaway_information, fields.giveaway_results, fields.paid_stars_amount,
    )  # fmt: skip
