import sys
from typing import Any

import pytest

from doppel.config.signature import NoSuchTargetError, signature_of


def test_keyword_only_parameters_of_ours_are_the_schema() -> None:
    signature = signature_of("doppel.split.temporal.SplitByTime")
    assert "validation_fraction" in signature.parameters
    assert all(parameter.is_required for parameter in signature.parameters.values())
    assert not signature.takes_any


def test_library_parameters_are_read_through_reexports() -> None:
    parameters = signature_of("torch.optim.AdamW").parameters
    assert parameters["lr"].type is float
    assert parameters["betas"].type == tuple[float, float]
    assert parameters["params"].type is Any
    assert parameters["params"].is_required
    assert not parameters["lr"].is_required


def test_a_dataclass_is_its_fields() -> None:
    parameters = signature_of("doppel.config.roots.Train").parameters
    assert parameters["resume"].type == str | None
    assert parameters["seed"].is_required


def test_a_dataclass_has_the_fields_of_those_it_extends_first() -> None:
    train = signature_of("doppel.config.roots.Train").parameters
    plan = signature_of("doppel.config.roots.Plan").parameters
    assert list(plan)[: len(train)] == list(train)
    assert list(plan)[len(train) :][0] == "gpu"
    assert plan["lengths"].is_required


def test_an_inherited_constructor_is_found() -> None:
    assert "refresh_rate" in signature_of("pytorch_lightning.callbacks.TQDMProgressBar").parameters


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("torch.optim.AdamX", "near: Adam"),
        ("torch.optim.adamw", "is a module"),
        ("typing_extensions.Nothing", "defines no Nothing"),  # a package of one file
        ("pytorch_lightning.trainer.connectors.signal_connector.call", "not pytorch_lightning's own"),
        ("no_such_package.Thing", "no installed package no_such_package"),
        ("doppel.errors.Nothing", "defines no Nothing"),
    ],
)
def test_what_does_not_exist_is_named_with_what_is_near(target: str, told: str) -> None:
    with pytest.raises(NoSuchTargetError, match=told):
        signature_of(target)


def test_reading_a_signature_imports_nothing() -> None:
    before = set(sys.modules)
    signature_of("torch.optim.Adagrad")
    signature_of("pytorch_lightning.Trainer")
    assert {name.split(".")[0] for name in set(sys.modules) - before} & {"torch", "pytorch_lightning"} == set()
