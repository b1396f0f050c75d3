"""The nouns of the straight line, left to right. Shapes: B samples, T tokens of the text, S tokens of the source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, TypedDict

from annotated_types import Ge, Gt, Interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    import torch

# What a config value may be: the names that signatures use and that the check before a run enforces.
PositiveInt = Annotated[int, Gt(0)]
NonNegativeInt = Annotated[int, Ge(0)]
PositiveFloat = Annotated[float, Gt(0)]
NonNegativeFloat = Annotated[float, Ge(0)]
Fraction = Annotated[float, Interval(ge=0, le=1)]
OpenFraction = Annotated[float, Interval(ge=0, lt=1)]

Architecture = Literal["causal", "seq2seq"]
ChatKind = Literal["saved", "personal", "group", "channel", "bot", "service", "unknown"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message as the messenger exported it."""

    chat_id: str  # stable within an export, e.g. "personal_chat:1000020"
    chat_name: str  # for display only: names change and collide
    chat_kind: ChatKind
    message_id: int  # may be negative: migrated groups are shifted by -1e9
    sent_at: datetime  # aware, UTC
    sender_id: str  # stable, e.g. "user1000000"; what identity means everywhere
    sender_name: str  # for display only
    text: str  # "" when there are no words (media, service)
    sticker_emoji: str | None  # the emoji a sticker stands for
    media: str | None  # "photo", "voice_message", "file", ...; None for plain text
    reply_to: int | None  # message_id in the same chat; may dangle
    is_service: bool
    is_forwarded: bool
    via_bot: str | None


@dataclass(frozen=True, slots=True)
class Persona:
    """Who is learnt."""

    ids: frozenset[str]  # sender_ids; several when one person wrote from several accounts
    name: str  # the display name used in the markup


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation: messages of one chat in time order, with no long silence inside."""

    chat_id: str
    chat_name: str
    messages: tuple[Message, ...]  # at least one


@dataclass(frozen=True, slots=True)
class Turn:
    """A burst: everything one speaker sent before another one spoke."""

    speaker_id: str
    speaker_name: str  # the display name used in the markup, one per speaker_id
    messages: tuple[str, ...]  # at least one, in the order sent; bursts stay bursts
    is_persona: bool
    is_learnt: bool  # whether the words of this turn enter the loss


@dataclass(frozen=True, slots=True)
class Sample:
    """A conversation to learn from, whole: what is too long for a model is windowed by the tokens, not here."""

    sample_id: str  # stable: "<chat_id>/<first message_id>"
    chat_id: str
    chat_name: str
    started_at: datetime  # aware, UTC: of the first message
    ended_at: datetime  # of the last
    turns: tuple[Turn, ...]  # neighbours have different speakers; at least one is learnt


@dataclass(frozen=True, slots=True)
class Split:
    """Samples by what they are for."""

    train: tuple[Sample, ...]
    validation: tuple[Sample, ...]
    test: tuple[Sample, ...]
    boundaries: tuple[datetime, ...]  # (), (start of validation,) or (start of validation, start of test)


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of rendered text."""

    text: str
    is_learnt: bool
    is_frame: bool  # markers of the markup: only here may text become special tokens


@dataclass(frozen=True, slots=True)
class Tokens:
    """A sample as one model sees it."""

    ids: tuple[int, ...]  # (T,) decoder-only: the whole text; encoder-decoder: the decoder's target
    is_learnt: tuple[bool, ...]  # (T,)
    source_ids: tuple[int, ...]  # (S,) the encoder's text; () for decoder-only
    sample_id: str


NOT_LEARNT = -100  # the label that torch's and transformers' cross entropy leave out


class Batch(TypedDict, total=False):
    """Tensors of one micro-batch. Packed batches have position_ids that restart and no attention_mask."""

    input_ids: torch.Tensor  # (B, T) int64; encoder-decoder: (B, S)
    labels: torch.Tensor  # (B, T) int64, -100 where nothing is learnt
    attention_mask: torch.Tensor  # (B, T) or (B, S) int64
    position_ids: torch.Tensor  # (B, T) int64
    step_learnt_tokens: int  # learnt tokens of the whole optimizer step, over accumulation and processes


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said: a burst, as the persona sends them."""

    messages: tuple[str, ...]
    is_complete: bool  # False when cut by max_new_tokens


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model with its tokenizer, ready for an adapter."""

    model: Any  # transformers.PreTrainedModel
    tokenizer: Any  # transformers.PreTrainedTokenizerBase
    architecture: Architecture
    source: str  # the folder or hub id that stock transformers loads


@dataclass(slots=True)
class Count:
    """One line of the funnel."""

    stage: str  # "source", "filters.forwards", "sessions", ...
    kept: int
    dropped: int
    unit: str  # "messages", "sessions", "samples", "tokens"
    why: str  # what was dropped, in words; "" when nothing can be


class Funnel:
    """Every message, session and sample that went in, and why some did not come out."""

    def __init__(self) -> None:
        self.counts: list[Count] = []
        self.notes: list[str] = []  # what a user should be told beside the numbers

    def add(self, stage: str, *, kept: int, dropped: int, unit: str, why: str) -> None:
        """Adds a line: what a stage kept and what it left out."""
        self.counts.append(Count(stage, kept, dropped, unit, why))

    def note(self, text: str) -> None:
        """Adds what a user should be told beside the numbers."""
        self.notes.append(text)


class Source(Protocol):
    """Where messages come from. Messages of one chat follow each other; nothing is dropped without a count."""

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        """Every message of the export, service messages too; each call reads it anew. Raises: DataError."""
        ...

    def owner_id(self) -> str | None:
        """The sender_id of the account that made the export, None where the export does not tell."""
        ...

    def fingerprint(self) -> Mapping[str, str]:
        """File name -> sha256 of each input file."""
        ...


class Markup(Protocol):
    """The exact text, and which of it is learnt. The same object renders the training sample and the chat prompt."""

    def prepare(self, turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
        """The turns as this markup tells speakers apart; each depends on itself and on those before it alone."""
        ...

    def opening(self, turns: tuple[Turn, ...]) -> tuple[Segment, ...]:
        """What stands before the first turn."""
        ...

    def header(self, turn: Turn) -> tuple[Segment, ...]:
        """What announces a turn: the prompt of a reply ends here."""
        ...

    def body(self, turn: Turn) -> tuple[Segment, ...]:
        """The words of a turn and the marker that ends it."""
        ...

    def end_strings(self) -> tuple[str, ...]:
        """Texts at which generation of a turn stops."""
        ...

    def parse(self, text: str) -> tuple[str, ...]:
        """The messages of a generated body: the inverse of `body`."""
        ...
