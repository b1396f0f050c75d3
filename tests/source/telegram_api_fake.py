"""A stand-in for Telethon's client, with the names and the types that Telethon has."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from telethon import errors, utils
from telethon.tl import types
from telethon.tl.patched import Message, MessageService

ME = types.User(id=10, first_name="Anna", last_name="K", username="anna", is_self=True)
BEN = types.User(id=20, first_name="Ben", username="ben_o")
BOT = types.User(id=30, first_name="Helper", bot=True, username="helper_bot")
TELEGRAM = types.User(id=777000, first_name="Telegram")
NOON = datetime(2023, 5, 1, 12, tzinfo=UTC)
PHOTO = types.ChatPhotoEmpty()
GROUP = types.Channel(id=50, title="Garden", photo=PHOTO, date=NOON, megagroup=True)
OLD_GROUP = types.Chat(
    id=5,
    title="Garden",
    photo=PHOTO,
    participants_count=2,
    date=NOON,
    version=1,
    migrated_to=types.InputChannel(channel_id=50, access_hash=1),
)
PASSWORD, CODE, PHONE = "a secret phrase", "12345", "+10000000000"


def said(number: int, author: Any, text: str, *, peer: Any = None, **more: Any) -> Message:
    return Message(
        id=number,
        peer_id=types.PeerUser(BEN.id) if peer is None else peer,
        from_id=None if author is None else types.PeerUser(author.id),
        date=NOON + timedelta(minutes=number),
        message=text,
        **more,
    )


def happened(number: int, author: Any, action: Any, *, peer: Any) -> MessageService:
    sender = types.PeerUser(author.id)
    return MessageService(id=number, peer_id=peer, from_id=sender, date=NOON + timedelta(minutes=number), action=action)


class World:
    """What the servers hold, and what they do."""

    def __init__(self) -> None:
        self.me = ME
        self.entities: list[Any] = [ME, BEN, BOT, TELEGRAM, GROUP]
        self.history: dict[int, list[Any]] = {}  # marked id of a chat -> messages, oldest first
        self.faults: list[tuple[int, BaseException]] = []  # (messages delivered before it, error)
        self.is_authorized = True
        self.has_password = False
        self.sessions: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self.pauses: list[float] = []
        self.connects = 0

    def client(self, session: str, api_id: int, api_hash: str, **_: Any) -> Client:
        assert isinstance(api_id, int)
        assert api_hash
        self.sessions.append(session)
        return Client(self)

    async def sleep(self, seconds: float) -> None:
        if seconds:
            self.pauses.append(seconds)


class Client:
    """The methods of telethon.TelegramClient that are called."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.is_up = False
        # What Telethon's own Message._finish_init asks for.
        vars(self).update(_self_id=world.me.id, _mb_entity_cache=SimpleNamespace(get=lambda _: None))

    async def connect(self) -> None:
        self.world.connects += 1
        self.is_up = True

    def is_connected(self) -> bool:
        return self.is_up

    async def disconnect(self) -> None:
        self.is_up = False

    async def is_user_authorized(self) -> bool:
        return self.world.is_authorized

    async def send_code_request(self, phone: str) -> Any:
        if phone != PHONE:
            raise errors.PhoneNumberInvalidError(request=None)
        return SimpleNamespace(phone_code_hash="hash")

    async def sign_in(
        self,
        phone: str | None = None,
        code: str | None = None,
        *,
        password: str | None = None,
        phone_code_hash: str = "",
    ) -> Any:
        if password is not None:
            if password != PASSWORD:
                raise errors.PasswordHashInvalidError(request=None)
        else:
            assert (phone, phone_code_hash) == (PHONE, "hash")
            if code != CODE:
                raise errors.PhoneCodeInvalidError(request=None)
            if self.world.has_password:
                raise errors.SessionPasswordNeededError(request=None)
        self.world.is_authorized = True

    async def get_me(self) -> Any:
        return self.world.me

    async def iter_dialogs(self) -> Any:
        for entity in self.world.entities:
            yield SimpleNamespace(entity=entity)

    async def iter_messages(
        self, entity: Any, *, reverse: bool, min_id: int, offset_date: datetime | None, wait_time: float
    ) -> Any:
        assert reverse
        self.world.requests.append({"entity": entity.id, "min_id": min_id, "offset_date": offset_date})
        known = {utils.get_peer_id(one): one for one in self.world.entities}
        for message in self.world.history.get(utils.get_peer_id(entity), []):
            await asyncio.sleep(0)
            if message.id <= min_id or (offset_date and message.date < offset_date):
                continue
            self._fail()
            message._finish_init(self, known, None)
            yield message
        assert wait_time >= 0

    def _fail(self) -> None:
        if self.world.faults:
            left, error = self.world.faults[0]
            self.world.faults[0] = (left - 1, error)
            if left == 0:
                self.world.faults.pop(0)
                self.is_up = not isinstance(error, OSError)
                raise error
