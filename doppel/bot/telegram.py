"""The settings of the bot: conf/bot/telegram.yaml."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from doppel.errors import ConfigError

if TYPE_CHECKING:
    from doppel.types import Fraction, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

LONGEST_MESSAGE = 4096  # characters: Telegram's limit
HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Telegram:
    """Who may talk with the bot, how it answers, and how it reaches Telegram. Raises: ConfigError."""

    token_file: str | None
    token_variable: str | None
    owner: PositiveInt | None
    allowed: list[int]
    contacts: dict[int, str] | None
    drafts: bool
    group_probability: Fraction
    gather_seconds: NonNegativeFloat
    longest_gather_seconds: NonNegativeFloat
    messages_per_minute: PositiveInt | None
    max_characters: PositiveInt
    history_messages: PositiveInt
    attempts: PositiveInt
    liked: list[str]
    disliked: list[str]
    asks_if_model: list[str]
    disclosure: str
    mode: Literal["polling", "webhook"]
    webhook_url: str | None
    host: str
    port: NonNegativeInt
    replaces_webhook: bool
    api: str
    poll_seconds: PositiveInt
    request_seconds: PositiveInt
    conflict_seconds: PositiveFloat
    first_retry_seconds: PositiveFloat
    longest_retry_seconds: PositiveFloat

    def __post_init__(self) -> None:
        if self.drafts and self.owner is None:
            raise ConfigError("bot.drafts=true needs somebody to show them to: type bot.owner=YOUR_TELEGRAM_ID")
        if urlsplit(self.api).scheme not in ("http", "https"):
            raise ConfigError(f"bot.api={self.api} is no address: type bot.api=https://api.telegram.org")
        if self.port > HIGHEST_PORT:
            raise ConfigError(f"bot.port={self.port} is refused: the highest port is {HIGHEST_PORT}")
        if self.mode == "webhook" and urlsplit(self.webhook_url or "").scheme != "https":
            raise ConfigError(
                f"bot.webhook_url={self.webhook_url} is refused: Telegram calls https addresses alone; "
                "type bot.webhook_url=https://..., or bot.mode=polling, which needs none"
            )
        self._require_words()

    def _require_words(self) -> None:
        """Raises: ConfigError."""
        for pattern in self.asks_if_model:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ConfigError(f"bot.asks_if_model: {pattern!r} is no regular expression: {error}") from error
        try:
            told = self.disclosure.format(name="")
        except (KeyError, IndexError, ValueError) as error:
            raise ConfigError("bot.disclosure is refused: {name} is all that may stand in braces") from error
        if not told.strip() or len(told) > LONGEST_MESSAGE // 2:
            raise ConfigError("bot.disclosure is refused: it must tell that a model speaks, in a message of Telegram's")
