"""What the other half of a conversation knows and the words do not tell: who it is with, when, after how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from doppel.errors import ConfigError, DataError
from doppel.samples.words import Words

if TYPE_CHECKING:
    from doppel.types import Cast, NonNegativeFloat, PositiveInt


class Situation:
    """Words to stand before a turn, never learnt. The same object tells them in training and in a live conversation.

    `partner`: who the other one is, in the aside of the first turn that person has, with the relationship where
    `relationships` (id or name -> words) has one. `clock`: weekday and part of the day in `timezone`, when a
    conversation begins or goes on after a silence. `min_silence_minutes`: a shorter silence is not told; None: none is.
    `max_quote_chars`: where a turn begins with a reply to something earlier than the turn before it, so much of that is
    quoted; None: nothing is. `label`: what the data set says of the turn (an emotion), where that changes.
    `words`: how all this is said.
    """

    def __init__(
        self,
        *,
        partner: bool,
        relationships: dict[str, str] | None,
        clock: bool,
        timezone: str,
        min_silence_minutes: NonNegativeFloat | None,
        max_quote_chars: PositiveInt | None,
        label: bool,
        words: dict[str, Any],
    ) -> None:
        self.partner, self.clock, self.label = partner, clock, label
        self.relationships = {str(who).strip(): tell for who, tell in (relationships or {}).items()}
        self.by_id: dict[str, str] = {}  # speaker_id -> relationship, once the cast is known
        self.zone = _zone(timezone)
        self.min_silence = None if min_silence_minutes is None else timedelta(minutes=min_silence_minutes)
        self.max_quote_chars = max_quote_chars
        self.words = Words(words)

    def meet(self, cast: Cast) -> None:
        """Finds everyone of `relationships`. Raises: DataError for who is nobody, or several people."""
        for who, relationship in self.relationships.items():
            try:
                found = cast.find(who)
            except DataError as error:
                raise DataError(f"samples.situation.relationships: {error}") from error
            self.by_id.update(dict.fromkeys(found, relationship))

    def aside(
        self,
        now: datetime | None,
        *,
        previous_at: datetime | None = None,
        is_opening: bool = False,
        partner: tuple[str, str] | None = None,
        quote: tuple[str, str] | None = None,
        label: str | None = None,
    ) -> str | None:
        """The aside of a turn that begins `now`; None where there is nothing to tell.

        `now` and `previous_at`, when the chat last had a word: None where the source tells no times; `is_opening`:
        whether a conversation begins; `partner`: id and name of somebody not introduced yet; `quote`: name and text of
        what is replied to; `label`: a new one.
        """
        silence = self._long_silence(previous_at, now)
        parts = []
        if self.clock and now and (is_opening or silence):
            parts.append(self.words.moment(now.astimezone(self.zone)))
        if silence:
            parts.append(self.words.silence(silence))
        if self.partner and partner:
            parts.append(self.words.person(partner[1], self._relationship(*partner)))
        if self.label and label:
            parts.append(self.words.label(label))
        if self.max_quote_chars and quote:
            parts.append(self.words.quote(*quote, self.max_quote_chars))
        return self.words.joined(parts) or None

    def _long_silence(self, previous_at: datetime | None, now: datetime | None) -> timedelta | None:
        if previous_at is None or now is None or self.min_silence is None:
            return None
        silence = now - previous_at
        return silence if silence >= max(self.min_silence, MINUTE) else None

    def _relationship(self, speaker_id: str, name: str) -> str | None:
        if speaker_id in self.by_id:
            return self.by_id[speaker_id]
        # A live conversation has no cast: people are known by the same ids, or by what the user called them.
        spoken = {who.casefold(): relationship for who, relationship in self.relationships.items()}
        return spoken.get(speaker_id.casefold()) or spoken.get(name.casefold())


MINUTE = timedelta(minutes=1)


def _zone(timezone: str) -> tzinfo:
    if timezone == "UTC":
        return UTC
    try:
        return ZoneInfo(timezone)
    except (LookupError, ValueError, OSError) as error:
        raise ConfigError(
            f"samples.situation.timezone={timezone!r} is no time zone: accepted is an IANA name like Europe/Moscow"
        ) from error
