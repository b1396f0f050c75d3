"""From what was said to what Telegram keeps: ids, media, forwards, replies, edits, reactions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from export_format import document, photo, reaction, regular, service, with_text
from people import GROUPS, OWNER, PEOPLE

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from timetable import Sent

FIRST_ID = 4817
REPLIED, EDITED, REACTED = 0.05, 0.015, 0.04  # shares of the plain messages
FILM_CLUB = GROUPS["group"].title
EMOJI = ("\N{FACE WITH TEARS OF JOY}", "\N{HEAVY BLACK HEART}\ufe0f", "\N{THUMBS UP SIGN}", "\N{FIRE}")
SERVICE: dict[str, tuple[str, dict[str, Any]]] = {
    "create_group": ("create_group", {"title": FILM_CLUB, "members": ["Nell Tarrow", "Jess Okafor", "Bram Visser"]}),
    "edit_group_photo": ("edit_group_photo", photo(48_211)),
    "invite_members": ("invite_members", {"members": [PEOPLE["danny"].full_name]}),
    "edit_group_title": ("edit_group_title", {"title": "Gerald Appreciation Society"}),
    "edit_group_title_back": ("edit_group_title", {"title": FILM_CLUB}),
    "joined_telegram": ("joined_telegram", {}),
    "set_messages_ttl": ("set_messages_ttl", {"period": 0}),
}


class Recorder:
    """Numbers messages as an account does: one growing count over all its chats, with gaps."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.next_id = FIRST_ID

    def record(self, sent: Sequence[Sent]) -> list[dict[str, Any]]:
        """Return the messages of one conversation as the export has them."""
        recorded: list[dict[str, Any]] = []
        for place, one in enumerate(sent):
            before = sent[place - 1] if place else one
            is_answer = one.utterance.who != before.utterance.who
            self.next_id += 1 if self.rng.random() < 0.9 else self.rng.randrange(2, 9)
            reply_to = recorded[-1]["id"] if is_answer and self.rng.random() < REPLIED else None
            recorded.append(self._message(one, reply_to))
            if one.utterance.who == OWNER and one.utterance.tag in ("", "photo") and self.rng.random() < REACTED:
                self._react(recorded[-1], one, sent)
        return recorded

    def _message(self, one: Sent, reply_to: int | None) -> dict[str, Any]:
        said = one.utterance
        if said.tag == "service":
            action, fields = SERVICE[said.text]
            return service(self.next_id, one.sent_at, said.who, action, **fields)
        if said.tag == "call":
            call = {"duration_seconds": int(said.text), "discard_reason": "hangup"}
            return service(self.next_id, one.sent_at, said.who, "phone_call", **call)
        fields, text = self._fields(said.tag, said.text)
        if reply_to is not None and not said.tag:
            fields |= {"reply_to_message_id": reply_to}
        if not said.tag and self.rng.random() < EDITED:
            fields |= {"edited_at": one.sent_at + timedelta(seconds=self.rng.randrange(8, 90))}
        return regular(self.next_id, one.sent_at, said.who, **fields) | with_text(text)

    def _react(self, message: dict[str, Any], one: Sent, sent: Sequence[Sent]) -> None:
        """Let one of those Nell talks to react to her message."""
        if others := sorted({other.utterance.who for other in sent} - {OWNER}):
            moment = one.sent_at + timedelta(seconds=self.rng.randrange(5, 300))
            message["reactions"] = [reaction(self.rng.choice(EMOJI), self.rng.choice(others), moment)]

    def _fields(self, tag: str, text: str) -> tuple[dict[str, Any], str]:
        """Return the fields that the kind of message adds, and its words."""
        size = self.rng.randrange(20_000, 200_000)
        if tag == "photo":
            return photo(size), text
        if tag == "sticker":
            return document("sticker", "sticker.webp", "", size, sticker_emoji=text, width=512, height=512), ""
        if tag == "voice":
            return document("voice_message", "", "audio/ogg", size, duration_seconds=int(text)), ""
        if tag == "gif":
            clip = document("animation", "mp4.mp4", "video/mp4", size, duration_seconds=3, width=480, height=270)
            return {"via_bot": "@gif"} | clip, ""
        if tag == "wiki":
            return {"via_bot": "@wiki"}, text
        if tag == "forward":
            source, _, words = text.partition(" >> ")
            return {"forwarded_from": source}, words
        if tag == "tides":
            high, low, wind = text.split(" ~ ")
            return {}, f"*Skerrow Point*\nHigh water {high}\nLow water {low}\nWind {wind}\nSend /stop to unsubscribe."
        return {}, text
