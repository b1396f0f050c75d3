"""What a request asks for, checked, and who answers it: between HTTP and whatever speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Told:
    """One message of the conversation."""

    is_own: bool  # of the role assistant
    name: str | None  # who else said it; None: the partner
    messages: tuple[str, ...]  # the burst; may be empty


@dataclass(frozen=True, slots=True)
class Asked:
    """A reply that is wanted. None: as the server is configured."""

    model: str
    partner: str | None  # who asks, by name or id
    told: tuple[Told, ...]
    stops: tuple[str, ...]
    temperature: float | None
    top_p: float | None
    max_new_tokens: int | None
    seed: int | None


@dataclass(frozen=True, slots=True)
class Remembered:
    """What stood in the prompt beside the conversation."""

    told: tuple[str, ...] = ()  # lines of the system part
    recalled: tuple[str, ...] = ()  # what the speaker has said before


@dataclass(frozen=True, slots=True)
class Piece:
    """The next part of a reply."""

    text: str
    prompt_tokens: int
    tokens: int  # of the reply so far
    end: Literal["stop", "length"] | None  # None: there is more to come
    remembered: Remembered = Remembered()


class Pending(Protocol):
    """A reply that is being waited for."""

    def cancel(self) -> None:
        """Nobody waits any more."""
        ...


class Talker(Protocol):
    """Whoever speaks."""

    def models(self) -> Sequence[str]:
        """What `model` may say, the default first."""
        ...

    def load(self) -> tuple[int, int]:
        """How many requests are being answered, and how many wait."""
        ...

    def ask(self, asked: Asked, hear: Callable[[Piece | Exception], None]) -> Pending:
        """Queues it; `hear` is called from another thread, at last with an end or a fault. Raises: RefusedError."""
        ...
