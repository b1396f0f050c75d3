"""One message of a Slack export as a Message."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from doppel.source.angle_markup import Shown, rewrite
from doppel.source.ledger import NO_OBJECT
from doppel.source.loose_values import media_of_type, object_of, objects_of, word_of
from doppel.types import Entity, EntityKind, Message

if TYPE_CHECKING:
    from doppel.source.ledger import Ledger
    from doppel.source.slack_workspace import Channel, Workspace

# All other subtypes (channel_join, channel_topic, pinned_item, tombstone, ...) are what Slack itself says.
WORDS = frozenset((
    "", "thread_broadcast", "reply_broadcast", "me_message", "file_share", "file_comment", "file_mention",
    "bot_message", "slackbot_response",
))  # fmt: skip
PROGRAMS = frozenset(("bot_message", "slackbot_response"))
MARK = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")  # < and > that people type are written &lt; and &gt;
TIME = re.compile(r"(\d{1,11})\.(\d{1,6})")
LINKS: dict[str, EntityKind] = {"mailto": "email", "tel": "phone", "http": "link", "https": "link"}
NAMED = re.compile(r"(?<!\w):[a-z0-9_+'-]{1,60}:(?!\w)")
TONE = re.compile(r":skin-tone-([2-6]):")  # of the emoji before it: the five of Unicode, U+1F3FB to U+1F3FF
RECORDINGS = {"slack_audio": "voice_message", "slack_video": "video_message"}


class SlackReader:
    """Turns the fields of one channel's messages into messages."""

    def __init__(self, channel: Channel, workspace: Workspace, ledger: Ledger) -> None:
        self.channel, self.workspace, self.ledger = channel, workspace, ledger

    def message(self, fields: Any) -> Message | None:
        """The message, or None where it has no time, or was read before."""
        ledger = self.ledger
        if not isinstance(fields, dict) or "ts" not in fields:
            return ledger.drop(NO_OBJECT)
        message_id = microseconds(fields["ts"])
        sent_at = ledger.moment(float("nan") if message_id is None else message_id / 1e6)
        if sent_at is None or message_id is None or not ledger.is_new(self.channel.chat_id, message_id):
            return None
        subtype = word_of(fields.get("subtype"))
        is_service = subtype not in WORDS
        sender_id, sender_name, is_bot = self._sender(fields)
        shared = _shared(fields)
        text, entities = ("", ()) if is_service else self._text((shared or fields).get("text"))
        thread = fields.get("thread_ts")
        root = None if thread is None else microseconds(thread)
        return Message(
            chat_id=self.channel.chat_id,
            chat_name=self.channel.name,
            chat_kind=self.channel.kind,
            message_id=message_id,
            sent_at=sent_at,
            sender_id=sender_id,
            sender_name=sender_name,
            text=text,
            media=_media(fields),
            reply_to=root if root != message_id else None,
            is_service=is_service,
            is_forwarded=shared is not None,
            forwarded_from=ledger.name(word_of(shared.get("author_name"))) or None if shared else None,
            is_bot=is_bot or subtype in PROGRAMS,
            topic=None if root is None else f"thread {root}",
            entities=entities,
        )

    def _sender(self, fields: dict[str, Any]) -> tuple[str, str, bool]:
        user, program = word_of(fields.get("user")), word_of(fields.get("bot_id"))
        if user:
            name = self.workspace.name(user, fields.get("user_profile"))
            person = self.workspace.people.get(user)
            return self.ledger.name(f"slack:{user}"), name, bool(program) or (person is not None and person.is_bot)
        name = word_of(fields.get("username"), object_of(fields.get("bot_profile")).get("name"), program) or "unknown"
        return self.ledger.name(f"slack:{program or name}"), self.ledger.name(name), bool(program)

    def _text(self, text: Any) -> tuple[str, tuple[Entity, ...]]:
        if not isinstance(text, str):
            return "", ()
        text = self.ledger.clean(text)
        if "<" in text:
            return rewrite(text, MARK, self._show, as_typed)
        return as_typed(text), ()

    def _show(self, match: re.Match[str]) -> Shown:
        target, label = match[1], unescape(match[2] or "")
        if target[0] == "@":
            person = self.workspace.people.get(target[1:])
            return f"@{person.name if person else label.removeprefix('@') or target[1:]}", "mention"
        if target[0] == "#":
            channel = self.workspace.channels.get(target[1:])
            return f"#{label.removeprefix('#') or (channel.name.removeprefix('#') if channel else target[1:])}", None
        if target[0] == "!":  # !here, !channel, !subteam^S1|@team, !date^...|fallback
            return (label or f"@{target[1:].partition('^')[0]}"), None
        scheme = target.partition(":")[0]
        return label or unescape(target), LINKS.get(scheme)


def microseconds(written: Any) -> int | None:
    """Slack's ts, which is a time and an id in one, as a whole number; None where it is none."""
    match = TIME.fullmatch(written) if isinstance(written, str) else None
    return int(match[1]) * 1_000_000 + int(match[2].ljust(6, "0")) if match else None


def unescape(text: str) -> str:
    """The text with the three characters that Slack escapes as they were typed."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") if "&" in text else text


def as_typed(text: str) -> str:
    """Unescaped, with each emoji as itself: Slack writes it by its name, ":tada:". Names of its own stay."""
    text = unescape(text)
    return NAMED.sub(_emoji, text) if text.count(":") > 1 else text


def _emoji(match: re.Match[str]) -> str:
    return _named(match[0])


@cache
def _named(name: str) -> str:
    from rich.emoji import Emoji

    tone = TONE.fullmatch(name)
    return chr(0x1F3F9 + int(tone[1])) if tone else Emoji.replace(name)


def _shared(fields: dict[str, Any]) -> dict[str, Any] | None:
    """The message that is passed on without a word of one's own."""
    if fields.get("text") or not fields.get("attachments"):
        return None
    return next((one for one in objects_of(fields["attachments"]) if one.get("is_share") is True), None)


def _media(fields: dict[str, Any]) -> str | None:
    files = objects_of(fields.get("files")) or objects_of([fields.get("file")])
    if not files:
        return None
    first = files[0]
    return RECORDINGS.get(word_of(first.get("subtype"))) or media_of_type(word_of(first.get("mimetype")))
