"""From an export to its split with the options as shipped: the funnel closes, on a real account, to the message."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from doppel.filters.apply import apply_filters
from doppel.persona.people import count_people
from doppel.persona.resolve import resolve_persona
from doppel.types import Funnel, Split

CONF = Path(__file__).resolve().parents[2] / "conf"
GROUPS = ("source=telegram", "filters=default", "sessions=gap", "samples=dialogue", "split=temporal")


def stages(path: Path, *overrides: str) -> Any:
    with initialize_config_dir(config_dir=str(CONF), version_base=None):
        groups = [f"+{group}" for group in GROUPS]
        return instantiate(compose(overrides=[*groups, f"source.path='{path}'", *overrides]))


def run(line: Any) -> tuple[Split, Funnel]:
    people = count_people(line.source.messages(Funnel()))
    persona = resolve_persona(None, people, line.source.owner_id())
    funnel = Funnel()
    messages = apply_filters(line.source.messages(funnel), line.filters, funnel)
    samples = list(line.samples(line.sessions(messages, funnel), persona, funnel))
    return line.split(samples, funnel), funnel


def test_chitchat(shared_data: Path) -> None:
    split, funnel = run(stages(shared_data / "chitchat/owner1.result.json.gz"))
    assert [(line.stage, line.unit, line.kept, line.dropped) for line in funnel.counts] == [
        ("source", "messages", 45016, 0),
        ("filters.chats", "messages", 45016, 0),
        ("filters.service", "messages", 45016, 0),
        ("filters.forwards", "messages", 45016, 0),
        ("filters.via_bot", "messages", 45016, 0),
        ("filters.only_mine", "messages", 45016, 0),
        ("filters.stickers", "messages", 45016, 0),
        ("filters.empty", "messages", 45009, 7),
        ("filters.length", "messages", 45009, 0),
        ("sessions", "messages", 45009, 0),
        ("samples", "messages", 44446, 563),
        ("samples", "sessions", 335, 84),
        ("split", "samples", 334, 1),
    ]
    assert funnel.notes == []
    parts = (split.train, split.validation, split.test)
    assert [len(part) for part in parts] == [294, 15, 25]
    assert [sum(turn.is_learnt for sample in part for turn in sample.turns) for part in parts] == [9643, 1121, 1248]
    assert max(sample.ended_at for sample in split.train) < min(sample.started_at for sample in split.validation)
    assert max(sample.ended_at for sample in split.validation) < min(sample.started_at for sample in split.test)


@pytest.mark.parametrize("filters", ["none", "default"])
def test_each_line_of_the_funnel_starts_where_the_last_one_of_its_unit_ended(shared_data: Path, filters: str) -> None:
    line = stages(
        shared_data / "tg_tkonverter/result.json",
        f"filters={filters}",
        "split=none",
        "samples.min_turns=1",
        "samples.learn_openings=true",
    )
    split, funnel = run(line)
    messages = [count for count in funnel.counts if count.unit == "messages"]
    assert all(left.kept == right.kept + right.dropped for left, right in pairwise(messages))
    in_turns = sum(len(turn.messages) for sample in split.train for turn in sample.turns)
    assert messages[-1].kept == in_turns
    samples = [count for count in funnel.counts if count.unit != "messages"]
    assert samples[0].kept == samples[1].kept + samples[1].dropped == len(split.train)
