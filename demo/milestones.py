"""What Telegram itself reports: people who join, a group that is made, renamed and joined."""

from __future__ import annotations

from datetime import timedelta

from grammar import Utterance
from timetable import FIRST_DAY, Sent


def _at(days: float, chat: str, who: str, action: str) -> tuple[str, list[Sent]]:
    """Return one service message, `days` after the first day."""
    return chat, [Sent(Utterance(who, "service", action), FIRST_DAY + timedelta(days=days))]


MILESTONES = [
    _at(0.51, "group", "jess", "create_group"),
    _at(0.52, "group", "jess", "edit_group_photo"),
    _at(0.53, "group", "jess", "invite_members"),
    _at(60.54, "group", "danny", "edit_group_title"),
    _at(60.55, "group", "bram", "edit_group_title_back"),
    _at(21.55, "ines", "ines", "joined_telegram"),
    _at(130.56, "pettigrew", "nell", "set_messages_ttl"),
]
