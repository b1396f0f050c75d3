from dataclasses import FrozenInstanceError, fields

import pytest

from doppel.precision.precision import Precision


def test_it_is_a_frozen_pair():
    precision = Precision(weights="bfloat16", trainer="32-true")
    assert [field.name for field in fields(precision)] == ["weights", "trainer"]
    with pytest.raises(FrozenInstanceError):
        precision.weights = "float32"
