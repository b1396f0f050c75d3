"""Conversations written as letters, and samples read as letters."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from doppel.persona.find import Finder
from doppel.persona.names import DisplayNames
from doppel.types import Cast, Chat, Funnel, Message, People, Persona, Sample, Session, Speaker

T0 = datetime(2024, 1, 15, 12, tzinfo=UTC)
IDS = {"m": "user1", "M": "user11"}
ME = Persona(frozenset({"user1", "user11"}), "Me")
Stage = Callable[[Iterator[Session], Cast, Funnel], Iterator[Sample]]


def id_of(letter: str) -> str:
    return IDS.get(letter, f"user-{letter}")


def cast(personas: tuple[Persona, ...] = (ME,), letters: str = "abcmM", **names: str) -> Cast:
    """Everyone of these letters in the chats p:0, p:1 and p:2; a name is the capital letter unless given."""
    people = {id_of(letter): names.get(letter, letter.upper()) for letter in letters}
    by_id = {who: Speaker(who, name, frozenset({name}), 1) for who, name in people.items()}
    words = dict.fromkeys(people, 1)
    by_chat = {chat: Chat(chat, chat, "group", 1, words, {}) for chat in ("p:0", "p:1", "p:2")}
    everyone = People(by_id, by_chat)
    return Cast(personas, DisplayNames(everyone, personas), Finder(everyone, personas))


def session(
    script: str, chat: str = "p:1", first: int = 1, minutes: float = 0, since: float | None = None, **more: Any
) -> Session:
    """A letter a message, a minute apart: m, M the persona's two accounts, others a, b, ...; '.' has no words.

    Digits behind a letter are the message_id of what it replies to. Texts are the letter and its place: a0, m1. The
    chat was silent since that minute.
    """
    messages = []
    for number, (letter, quoted) in enumerate(re.findall(r"([a-zA-Z.])(\d*)", script), start=first):
        text = "" if letter == "." else f"{letter}{number - first}"
        messages.append(
            Message(
                chat_id=chat,
                chat_name=chat,
                chat_kind="group",
                message_id=number,
                sent_at=T0 + timedelta(minutes=number + minutes),
                sender_id=id_of(letter),
                sender_name=letter.upper(),
                text=text,
                reply_to=int(quoted) if quoted else None,
                **more,
            )
        )
    silent_since = None if since is None else T0 + timedelta(minutes=since)
    return Session(f"{chat}/{first}", chat, chat, tuple(messages), silent_since)


def shape(sample: Sample) -> str:
    """'a2 m1*': two messages of a, then one of the persona, learnt."""
    return " ".join(
        f"{'m' if turn.is_persona else turn.speaker_id[-1]}{len(turn.messages)}{'*' if turn.is_learnt else ''}"
        for turn in sample.turns
    )


def words(sample: Sample) -> str:
    """'a0 a1 | m2*': every text, turns apart, the learnt ones marked."""
    return " | ".join(" ".join(turn.messages) + "*" * turn.is_learnt for turn in sample.turns)


def made(stage: Stage, *sessions: Session, by: Cast | None = None) -> tuple[list[Sample], Funnel]:
    funnel = Funnel()
    return list(stage(iter(sessions), by or cast(), funnel)), funnel
