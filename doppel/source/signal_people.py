"""Who is who in Signal's own export: its recipients, and the chats with them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

from doppel.source.loose_values import object_of, word_of
from doppel.source.signal_chat import ME

if TYPE_CHECKING:
    from doppel.source.signal_chat import Chats, SignalChat
    from doppel.types import ChatKind


class Recipient(NamedTuple):
    """Someone, or a group, with an id that stays the same from export to export."""

    stable_id: str
    name: str
    kind: ChatKind  # of the chat with it


class People:
    """Learns the frames "account", "recipient" and "chat". Ids in the file are numbers that mean nothing outside."""

    def __init__(self, chats: Chats) -> None:
        self.all = chats
        self.own_name = "Me"
        self.recipients: dict[str, Recipient] = {}
        self.chats: dict[str, SignalChat] = {}
        self.by_aci: dict[str, str] = {}  # -> name, for mentions

    def learn(self, frame: dict[str, Any]) -> None:
        """Takes a frame that is no message."""
        if "account" in frame:
            account = object_of(frame["account"])
            whole = f"{word_of(account.get('givenName'))} {word_of(account.get('familyName'))}".strip()
            self.own_name = whole or self.own_name
        elif "recipient" in frame:
            fields = object_of(frame["recipient"])
            self.recipients[word_of(fields.get("id"))] = self._recipient(fields)
        elif "chat" in frame:
            fields = object_of(frame["chat"])
            number = word_of(fields.get("recipientId"))
            one = self.recipients.get(number) or Recipient(f"#{number}", f"#{number}", "unknown")
            self.chats[word_of(fields.get("id"))] = self.all.chat(one.stable_id, one.name, one.kind)

    def sender(self, number: str) -> tuple[str, str]:
        """(sender_id, sender_name) of a recipient."""
        one = self.recipients.get(number)
        if one is None:
            return f"signal:#{number}", ""
        return (ME, self.own_name) if one.kind == "saved" else (f"signal:{one.stable_id}", one.name)

    def _recipient(self, fields: dict[str, Any]) -> Recipient:
        number = word_of(fields.get("id"))
        if "self" in fields:
            return Recipient("me", self.own_name, "saved")
        if "group" in fields:
            group = object_of(fields["group"])
            title = word_of(object_of(object_of(object_of(group.get("snapshot")).get("title"))).get("title"))
            key = word_of(group.get("masterKey"))
            # The key opens the group: only its hash is shown.
            stable = f"group-{hashlib.sha256(key.encode(errors='replace')).hexdigest()[:16]}" if key else f"#{number}"
            return Recipient(stable, title or "Group", "group")
        if "contact" in fields:
            return self._contact(object_of(fields["contact"]), number)
        return Recipient(f"#{number}", "Signal", "service")

    def _contact(self, contact: dict[str, Any], number: str) -> Recipient:
        aci, phone = word_of(contact.get("aci")), word_of(contact.get("e164"))
        nickname = object_of(contact.get("nickname"))
        named = (
            (nickname.get("given"), nickname.get("family")),
            (contact.get("systemGivenName"), contact.get("systemFamilyName")),
            (contact.get("profileGivenName"), contact.get("profileFamilyName")),
        )
        names = (f"{word_of(given)} {word_of(family)}".strip() for given, family in named)
        fallback = f"+{phone}" if phone else word_of(contact.get("username")) or "Unknown"
        name = next(filter(None, names), fallback)
        if aci:
            self.by_aci[aci] = name
        stable = _uuid(aci) or (f"+{phone}" if phone else word_of(contact.get("username"))) or f"#{number}"
        return Recipient(stable, name, "personal")


def _uuid(aci: str) -> str:
    """The account's id as Signal shows it; sixteen bytes in base64 in the file."""
    try:
        return str(uuid.UUID(bytes=base64.b64decode(aci, validate=True)))
    except (binascii.Error, ValueError):
        return aci
