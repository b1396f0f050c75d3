"""What can be switched on in every way of making samples."""

from typing import Any

import pytest

from doppel.config.build import build
from doppel.config.check import check
from doppel.config.compose import compose
from doppel.config.signature import signature_of
from doppel.config.tree import project_path

FOLDER = project_path("conf") / "samples"
WAYS = sorted(file.stem for file in FOLDER.glob("*.yaml"))
INNER = sorted((file.parent.name, file.stem) for file in FOLDER.glob("*/*.yaml"))


def test_there_are_some() -> None:
    assert WAYS == ["dialogue", "pair", "reply", "window"]
    assert {group for group, _ in INNER} == {"recency", "situation", "trivial"}


def composed(way: str, *inner: tuple[str, str]) -> dict[str, Any]:
    words = [f"samples/{group}={option}" for group, option in inner]
    words += ["samples.recency.reference=2024-12-31"] * any(group == "recency" for group, _ in inner)
    config, faults = compose("train", [f"samples={way}", *words])
    check(config, "doppel.config.roots.Train", known_faults=faults)
    return config["samples"]


@pytest.mark.parametrize(("group", "option"), INNER)
def test_the_keys_are_exactly_the_parameters(group: str, option: str) -> None:
    node = composed("dialogue", (group, option))[group]
    parameters = signature_of(node["_target_"]).parameters
    assert set(node) - {"_target_"} == set(parameters)
    assert all(parameter.is_required for parameter in parameters.values()), "a default has its home in the YAML"
    assert node["_target_"].startswith(f"doppel.samples.{group}.")


@pytest.mark.parametrize("way", WAYS)
def test_each_way_takes_all_of_them(way: str) -> None:
    all_groups = dict(INNER)
    rules = build(composed(way, *all_groups.items())).rules
    assert all(getattr(rules, group) is not None for group in all_groups)


def test_none_is_on_by_default() -> None:
    rules = build(composed("dialogue")).rules
    assert (rules.learn, rules.trivial, rules.situation, rules.recency) == ("persona", None, None, None)
