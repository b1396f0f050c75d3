"""From an export to its split with the options as shipped: the funnel closes, on a real account, to the message."""

from itertools import pairwise
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from doppel.cache.spool import Spool
from doppel.config.build import build, build_all
from doppel.filters.apply import apply_filters
from doppel.persona.people import Census
from doppel.persona.resolve import resolve_cast
from doppel.types import Funnel, Sample, Split

CONF = Path(__file__).resolve().parents[2] / "conf"
GROUPS = ("source=telegram", "filters=default", "sessions=gap", "samples=dialogue", "split=temporal")


def run(path: Path, folder: Path, *overrides: str) -> tuple[list[Sample], Split, Funnel]:
    """The samples of an export, and what becomes of them."""
    with initialize_config_dir(config_dir=str(CONF), version_base=None):
        groups = [f"+{group}" for group in GROUPS]
        composed = compose(overrides=[*groups, f"source.path='{path}'", *overrides])
    config: Any = OmegaConf.to_container(composed, resolve=True)
    source, funnel, census = build(config["source"]), Funnel(), Census()
    spool = Spool(folder / "spool")
    for batch in spool.fill(source.messages(funnel)):
        census.see(batch)
    people = census.people()
    cast = resolve_cast(None, people, source.owner_ids())
    messages = apply_filters(spool.messages(), build_all(config["filters"]), people, cast.find, funnel)
    sessions = build(config["sessions"])(messages, funnel)
    samples = list(build(config["samples"])(sessions, cast, funnel))
    return samples, build(config["split"])(samples, funnel), funnel


def assert_closed(samples: list[Sample], split: Split, funnel: Funnel) -> None:
    """Each line of the funnel starts where the last one of its unit ended."""
    messages = [count for count in funnel.counts if count.unit == "messages"]
    assert all(left.kept == right.kept + right.dropped for left, right in pairwise(messages))
    assert messages[-2].kept == sum(len(turn.messages) for sample in samples for turn in sample.turns)
    parts = [samples[at] for part in (split.train, split.validation, split.test) for at in part]
    assert messages[-1].kept == sum(len(turn.messages) for sample in parts for turn in sample.turns)
    sessions, last = [count for count in funnel.counts if count.unit != "messages"]
    assert sessions.kept == last.kept + last.dropped == len(samples)
    assert last.kept == len(split.train) + len(split.validation) + len(split.test)


def test_chitchat(shared_data: Path, tmp_path: Path) -> None:
    samples, split, funnel = run(shared_data / "chitchat/owner1.result.json.gz", tmp_path)
    assert_closed(samples, split, funnel)
    assert (len(samples), funnel.counts[0].kept) == (335, 45016)
    assert funnel.counts[-1].why == (
        "1 under way where validation or test starts; "
        "20 that share a message or 8 words in a row with an answer of a later part; "
        "1 that hold an answer of a later part with some words changed"
    )
    parts = [[samples[at] for at in part] for part in (split.train, split.validation, split.test)]
    assert [len(part) for part in parts] == [275, 13, 25]
    assert max(sample.ended_at for sample in parts[0]) < min(sample.started_at for sample in parts[1])
    assert max(sample.ended_at for sample in parts[1]) < min(sample.started_at for sample in parts[2])


def test_nothing_is_held_out_where_nothing_is_wanted(shared_data: Path, tmp_path: Path) -> None:
    wanted = ("filters=none", "split=none", "samples.min_turns=1", "samples.learn_openings=true")
    samples, split, funnel = run(shared_data / "tg_tkonverter/result.json", tmp_path, *wanted)
    assert_closed(samples, split, funnel)
    assert len(split.train) == len(samples) > 0
