"""What tests of rules ask: what is left of some messages, and what the funnel says of it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from msgspec.structs import replace
from omegaconf import OmegaConf

from doppel.config.build import build_all
from doppel.config.overrides import quoted
from doppel.filters.apply import apply_filters
from doppel.persona.find import Finder
from doppel.persona.people import Census
from doppel.types import Funnel, Message, People

CONF = Path(__file__).resolve().parents[2] / "conf"
T0 = datetime(2024, 1, 15, 12, tzinfo=UTC)
HI = Message(
    chat_id="personal_chat:1",
    chat_name="Ann",
    chat_kind="personal",
    message_id=1,
    sent_at=T0,
    sender_id="user2",
    sender_name="Ann",
    text="hi",
)


def said(text: str, **fields: Any) -> Message:
    """A message with this text; otherwise as HI."""
    return replace(HI, text=text, **fields)


def composed(*overrides: str) -> dict[str, Any]:
    """The rules of a composed config."""
    return build_all(nodes(*overrides))


@cache
def nodes(*overrides: str) -> dict[str, Any]:
    """The plain config of the rules."""
    with initialize_config_dir(config_dir=str(CONF), version_base="1.3"):
        found = OmegaConf.to_container(compose(overrides=quoted(list(overrides), is_sweep=False)).filters, resolve=True)
    assert isinstance(found, dict)
    return {str(name): node for name, node in found.items()}


def rule(name: str, *overrides: str) -> Any:
    """One rule, as its option says it unless overridden: what stands after `filters.NAME.`."""
    changes = [f"filters.{name}.{override}" for override in overrides]
    return composed(f"+filters={name}", *changes)[name]


def people_of(messages: Iterable[Message]) -> People:
    """The census of these messages."""
    census = Census()
    census.see(messages)
    return census.people()


def left(filters: Mapping[str, Any], *messages: Message) -> tuple[list[Message], Funnel]:
    """What the rules leave of the messages."""
    funnel, people = Funnel(), people_of(messages)
    return list(apply_filters(iter(messages), filters, people, Finder(people, ()), funnel)), funnel


def counted(funnel: Funnel) -> dict[str, tuple[int, int]]:
    """Rule -> messages kept and dropped."""
    return {line.stage.removeprefix("filters."): (line.kept, line.dropped) for line in funnel.counts}
