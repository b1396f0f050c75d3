from doppel.config.limits import limit_of
from doppel.types import PositiveFloat


def test_a_librarys_parameter_has_the_range_of_its_package() -> None:
    assert limit_of("torch.optim.AdamW", "lr") == PositiveFloat
    assert limit_of("torch.optim.adamw.AdamW", "lr") == PositiveFloat


def test_other_parameters_have_none() -> None:
    assert limit_of("torch.optim.AdamW", "foreach") is None
    assert limit_of("torch.optimizers.AdamW", "lr") is None
