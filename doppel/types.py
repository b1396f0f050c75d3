"""The nouns of the straight line, left to right. Shapes: B samples, T tokens of the text, S tokens of the source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, TypedDict, runtime_checkable

from annotated_types import Ge, Gt, Interval
from msgspec import Struct

if TYPE_CHECKING:
    import torch

# What a config value may be: the names that signatures use and that the check before a run enforces.
PositiveInt = Annotated[int, Gt(0)]
NonNegativeInt = Annotated[int, Ge(0)]
PositiveFloat = Annotated[float, Gt(0)]
NonNegativeFloat = Annotated[float, Ge(0)]
Fraction = Annotated[float, Interval(ge=0, le=1)]
OpenFraction = Annotated[float, Interval(ge=0, lt=1)]

Architecture = Literal["causal", "seq2seq"]
ChatKind = Literal["saved", "personal", "group", "public_group", "channel", "bot", "service", "unknown"]
EntityKind = Literal["phone", "email", "bank_card", "link", "mention", "code"]


class Entity(Struct, frozen=True, gc=False):
    """What the messenger itself says a piece of a text is."""

    kind: EntityKind
    start: int  # in characters of the text
    end: int  # the first character after it


class Message(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One message as the messenger exported it. A Struct, as millions of them are made, stored and read back."""

    chat_id: str  # stable within an export, e.g. "personal_chat:1000020"
    chat_name: str  # for display only: names change and collide
    chat_kind: ChatKind
    message_id: int  # may be negative: migrated groups are shifted by -1e9
    sent_at: datetime  # aware, UTC
    sender_id: str  # stable, e.g. "user1000000"; what identity means everywhere
    sender_name: str  # for display only
    text: str  # "" when there are no words (media, service)
    sticker_emoji: str | None = None  # the emoji a sticker stands for
    media: str | None = None  # "photo", "voice_message", "file", ...; None for plain text
    reply_to: int | None = None  # message_id in the same chat; may dangle
    is_service: bool = False
    is_forwarded: bool = False
    forwarded_from: str | None = None  # the display name of whom a forward is from, where the export tells
    forwarded_from_id: str | None = None  # the sender_id of that one, where the export tells it
    via_bot: str | None = None
    is_bot: bool = False  # the sender is a program
    topic: str | None = None  # the name of the forum topic, or the thread, that it was sent in
    label: str | None = None  # what a data set says of its conversation: an emotion, a subject
    entities: tuple[Entity, ...] = ()  # in order of start
    is_break: bool = False  # a mark without words: what stood here may not be shown, so conversations end here
    is_timed: bool = True  # False: the source tells no times, and sent_at is made up to keep its order


@dataclass(frozen=True, slots=True)
class Speaker:
    """One sender_id of an export."""

    speaker_id: str
    name: str  # the most frequent of the names
    names: frozenset[str]  # every name the export shows for this id
    messages: int  # without service messages; 0 for who never speaks


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat of an export."""

    chat_id: str
    name: str
    kind: ChatKind
    messages: int  # all, service messages too
    own_words: Mapping[str, int]  # sender_id -> messages that are neither service nor forwarded
    years: Mapping[int, int]  # year (UTC) -> messages, without those that have no times
    labels: frozenset[str] = frozenset()  # of its messages, as a data set writes them


@dataclass(frozen=True, slots=True)
class People:
    """Everyone and every chat of an export."""

    by_id: Mapping[str, Speaker]  # most talkative first
    by_chat: Mapping[str, Chat]  # in order of first appearance


@dataclass(frozen=True, slots=True)
class Persona:
    """Who is learnt."""

    ids: frozenset[str]  # sender_ids; several when one person wrote from several accounts
    name: str  # the display name used in the markup


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is who: what the stages that make samples know of the people."""

    personas: tuple[Persona, ...]  # at least one
    names: Callable[[str], Mapping[str, str]]  # chat_id -> (sender_id -> display name, one for each id of the chat)
    find: Callable[[str], frozenset[str]]  # an id or a name -> its sender_ids. Raises: DataError
    unlearnt: frozenset[str] = frozenset()  # sender_ids whose words may be read at most


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation: messages of one chat in time order."""

    session_id: str  # stable: "<chat_id>/<first message_id>"
    chat_id: str
    chat_name: str
    messages: tuple[Message, ...]  # at least one
    silent_since: datetime | None = None  # when its chat last had a word before it; None: never, or nobody knows


@dataclass(frozen=True, slots=True)
class Briefing:
    """What whoever speaks is told beside the conversation: it stands in the prompt and is never learnt."""

    system: tuple[str, ...] = ()  # lines of the system part: facts, notes on the other one, how to answer
    recalled: tuple[str, ...] = ()  # lines right before the words: what the speaker has said before
    max_copied_words: int | None = None  # in a row, that the words may take from `recalled`; None: any number


@dataclass(frozen=True, slots=True)
class Turn:
    """A burst: everything one speaker sent before another one spoke."""

    speaker_id: str
    speaker_name: str  # the display name used in the markup, one per speaker_id
    messages: tuple[str, ...]  # at least one, in the order sent; bursts stay bursts
    is_persona: bool
    is_learnt: bool  # whether the words of this turn enter the loss
    aside: str | None = None  # what is known when the turn begins (hour, silence before, quote); never learnt
    briefing: Briefing | None = None  # shown where the words of this turn are asked for, not where they are history


@dataclass(frozen=True, slots=True)
class Sample:
    """A conversation to learn from, whole: what is too long for a model is windowed by the tokens, not here."""

    sample_id: str  # stable: "<chat_id>/<message_id>"
    session_id: str  # samples of one session may share messages: a split never parts them
    chat_id: str
    chat_name: str
    started_at: datetime  # aware, UTC: of the first message
    ended_at: datetime  # of the last
    turns: tuple[Turn, ...]  # neighbours have different speakers; at least one is learnt
    message_ids: tuple[int, ...]  # of every message in the turns, in their order
    replies_to: tuple[int, ...] = ()  # message_ids outside the sample that messages of it answer; may dangle
    label: str | None = None  # of the data set, for a conversation; APPROVED or REFUSED where its last turn was judged
    weight: float = 1.0  # of its learnt tokens in the loss
    is_timed: bool = True  # False: started_at and ended_at are made up, as the source tells no times


@dataclass(frozen=True, slots=True)
class Split:
    """Samples by what they are for: their positions in the sequence that was split, in order of time."""

    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]
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
    weight: float = 1.0  # of its learnt tokens in the loss
    rating: Literal[-1, 0, 1] = 0  # of a reply that was judged alone; 0: it was not
    beside: Tokens | None = None  # read with it: of a pair what was liked less; of one judged alone, a reply to others


APPROVED, REFUSED = JUDGED = ("approved", "refused")  # labels of samples whose last turn was judged

CANARIES = "canaries"  # chat_id and chat_name of samples that were planted, not said

NOT_LEARNT = -100  # the label that torch's and transformers' cross entropy leave out


JudgedUse = Literal["approved", "pairs", "all"]  # of judged replies: which of them are learnt from


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


EXAMPLES = 5  # messages kept of what each rule leaves out


class Funnel:
    """Every message, session and sample that went in, and why some did not come out."""

    def __init__(self) -> None:
        self.counts: list[Count] = []
        self.notes: list[str] = []  # what a user should be told beside the numbers
        self.examples: dict[str, list[Message]] = {}  # stage -> the first messages that it left out
        self.tallies: dict[str, Counter[str]] = {}  # stage -> what it changed -> how often

    def add(self, stage: str, *, kept: int, dropped: int, unit: str, why: str) -> None:
        """Adds a line: what a stage kept and what it left out."""
        self.counts.append(Count(stage, kept, dropped, unit, why))

    def note(self, text: str) -> None:
        """Adds what a user should be told beside the numbers."""
        self.notes.append(text)

    def example(self, stage: str, message: Message) -> None:
        """Keeps one of the first messages that a stage left out."""
        kept = self.examples.setdefault(stage, [])
        if len(kept) < EXAMPLES:
            kept.append(message)

    def tally(self, stage: str, changes: Mapping[str, int]) -> None:
        """Adds to what a stage changed without leaving anything out."""
        self.tallies.setdefault(stage, Counter()).update(changes)


class Source(Protocol):
    """Where messages come from, in any order; nothing is dropped without a count."""

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        """Every message of the export, service messages too; each call reads it anew. Raises: DataError."""
        ...

    def owner_ids(self) -> frozenset[str]:
        """The sender_ids of the account that made the export, empty where the export does not tell."""
        ...

    def fingerprint(self) -> Mapping[str, str]:
        """File name -> sha256 of each input file."""
        ...


@runtime_checkable
class KeepsSamples(Protocol):
    """A source that may be what doppel itself has exported."""

    def kept_samples(self, funnel: Funnel) -> Iterator[Sample] | None:
        """The samples as they were made, in the order of the files; None where `messages` is what there is to read.

        Raises: DataError, then and while they are read.
        """
        ...


class Asking(Protocol):
    """How a reply is asked for and given, where that is not how it is written down as history."""

    def ask(self, turn: Turn) -> tuple[Segment, ...]:
        """What ends the prompt, in the place of the header."""
        ...

    def answer(self, turn: Turn) -> tuple[Segment, ...]:
        """What the model says; the tokenizer's end token follows."""
        ...


class Markup(Protocol):
    """The exact text, and which of it is learnt. The same object renders the training sample and the chat prompt."""

    asking: Asking | None  # None: a reply is asked for by its header and given as its body

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


class Timing(Protocol):
    """Whether the persona answers, and how long it takes."""

    def answers(self, messages: Sequence[str]) -> bool:
        """Whether they would say anything to these, sent one after another."""
        ...

    def reply_seconds(self) -> float:
        """From the other's last word to the beginning of the reply."""
        ...

    def pause_seconds(self) -> float:
        """From one message of a burst to the next."""
        ...
