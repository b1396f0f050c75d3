"""What a block of Telegram Desktop's HTML says of its message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from doppel.source.telegram_markup import words_of
from doppel.source.telegram_page import first, tokens

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from doppel.types import Entity

MOMENT = re.compile(r"(\d{2})\.(\d{2})\.(\d{4}) (\d{2}):(\d{2}):(\d{2})(?: UTC(?:([+-])(\d{2}):(\d{2}))?)?")
DAY = re.compile(r"(\d{1,2}) ([A-Z][a-z]+) (\d{4})")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
VIA = re.compile(r"(?:(.*)\s)?via (@\w+)", re.DOTALL)
REPLY = re.compile(r"#go_to_message(-?\d+)$")
TOPIC = re.compile(r"created topic [\u00ab\u201c\"](.*)[\u00bb\u201d\"]", re.DOTALL)
NAMED = {
    "photo_wrap": "photo",
    "sticker_wrap": "sticker",
    "animated_wrap": "animation",
    "video_file_wrap": "video_file",
}
CALLED = {"media_live_location": "location", "media_venue": "location", "media_video": "video_file"}
TITLED = {  # what was not exported looks like a photo or a video, under its own title
    "Sticker": "sticker",
    "Animation": "animation",
    "Video message": "video_message",
    "Video file": "video_file",
}


@dataclass(slots=True)
class Post:
    """The parts of a message that is no service message, as they stand in the file."""

    sender: str | None = None  # None where it is that of the message before
    via_bot: str | None = None
    text: str = ""
    entities: tuple[Entity, ...] = ()
    media: str | None = None
    sticker_emoji: str | None = None
    reply_to: int | None = None
    is_forwarded: bool = False
    forwarded_from: str | None = None


def sender_of(block: Any) -> str | None:
    """The name of who sent a message, None where it is that of the message before."""
    body = first(block, "body")
    return None if body is None else _name(first(body, "from_name"))[0]


def post_of(block: Any) -> Post:
    """The parts of a message."""
    body = first(block, "body")
    if body is None:
        body = block
    forward = first(body, "forwarded", "body")
    sender, via_bot = _name(first(body, "from_name"))
    origin, origin_via = (None, None) if forward is None else _name(first(forward, "from_name"))
    inner = body if forward is None else forward
    text, wrap = first(inner, "text"), first(inner, "media_wrap")
    text = first(body, "text") if text is None else text
    wrap = first(body, "media_wrap") if wrap is None else wrap
    words, entities = ("", ()) if text is None else words_of(text)
    media, emoji = (None, None) if wrap is None else _media(wrap)
    return Post(
        sender=sender,
        via_bot=via_bot or origin_via,
        text=words,
        entities=entities,
        media=media,
        sticker_emoji=emoji,
        reply_to=_reply(first(body, "reply_to")),
        is_forwarded=forward is not None,
        forwarded_from=origin,
    )


def moment_of(block: Any, zone: ZoneInfo) -> datetime | None:
    """When the message was sent; None where no such time is written. Raises: ValueError for an impossible one."""
    body = first(block, "body")
    details = None if body is None else first(body, "date", "details")
    match = MOMENT.fullmatch((details.get("title") or "").strip()) if details is not None else None
    if match is None:
        return None
    day, month, year, hour, minute, second = map(int, match.groups()[:6])
    place = zone
    if "UTC" in match[0]:
        offset = timedelta(hours=int(match[8] or 0), minutes=int(match[9] or 0))
        place = timezone(-offset if match[7] == "-" else offset)
    return datetime(year, month, day, hour, minute, second, tzinfo=place).astimezone(UTC)


def has_zone(block: Any) -> bool:
    """Whether the time of the message says what it is a time of."""
    return any(" UTC" in (one.get("title") or "") for one in block.iter("div") if "date" in tokens(one))


def day_of(words: str, zone: ZoneInfo) -> datetime | None:
    """The beginning of the day that a heading between messages names, None where it names none."""
    match = DAY.fullmatch(words)
    if match is None or match[2] not in MONTHS:
        return None
    try:
        return datetime(int(match[3]), MONTHS.index(match[2]) + 1, int(match[1]), tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def topic_of(words: str) -> str | None:
    """The name of the topic that a service message tells of, None where it tells of none."""
    match = TOPIC.search(words)
    return match[1] if match else None


def _name(element: Any) -> tuple[str | None, str | None]:
    """(Name, bot)."""
    if element is None:
        return None, None
    name = (element.text or "").strip()  # without the date that follows the name of whom a forward is from
    match = VIA.fullmatch(name)
    return ((match[1] or "").strip(), match[2]) if match else (name, None)


def _reply(element: Any) -> int | None:
    links = () if element is None else element.iter("a")
    matches = (REPLY.search(link.get("href") or "") for link in links)
    return next((int(match[1]) for match in matches if match and len(match[1]) < 16), None)


def _media(wrap: Any) -> tuple[str | None, str | None]:
    """(Kind of media, emoji of a sticker)."""
    for element in wrap.iter("a", "div"):
        for token in sorted(tokens(element) - {"media_wrap"}):
            if token in NAMED:
                return NAMED[token], None
            if token in ("media_photo", "media_video"):
                return _titled(element, token)
            if token.startswith("media_"):
                return CALLED.get(token, token.removeprefix("media_")), None
    return "file", None


def _titled(element: Any, token: str) -> tuple[str, str | None]:
    texts = {name: (one.text or "").strip() for one in element.iter("div") for name in tokens(one)}
    media = TITLED.get(texts.get("title", ""), CALLED.get(token, "photo"))
    emoji = texts.get("status", "").partition(",")[0].strip()
    return media, emoji if media == "sticker" and emoji and not emoji.isascii() else None
