import pytest

from doppel.config.overrides import parse, quoted, without_dashes
from doppel.errors import ConfigError


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("persona=Никита", "Никита"),
        ("source.path=Chat Export (1)/result.json", "Chat Export (1)/result.json"),
        ("source.path=/a/b=c.json", "/a/b=c.json"),
        ("persona=[Никита,Аня]", ["Никита", "Аня"]),
        ("persona=[user1,Аня]", ["user1", "Аня"]),
        ("persona=O'Neil (x)", "O'Neil (x)"),
        ("trainer.max_steps=40", 40),
        ("optimizer.lr=1e-3", 1e-3),
        ("resume=null", None),
    ],
)
def test_values_are_read_as_typed(typed: str, value: object) -> None:
    assert parse(quoted([typed], is_sweep=False))[0].value() == value


def test_in_a_sweep_commas_separate_values() -> None:
    override = parse(quoted(["persona=Никита,Аня"], is_sweep=True))[0]
    assert override.is_sweep_override()
    assert list(override.sweep_string_iterator()) == ["'Никита'", "'Аня'"]


def test_outside_a_sweep_a_strange_value_is_one_value() -> None:
    assert parse(quoted(["source.path=a, b/(c).json"], is_sweep=False))[0].value() == "a, b/(c).json"


def test_what_is_no_override_is_told() -> None:
    with pytest.raises(ConfigError, match=r"`=3` is not an override: write key=value"):
        parse(["=3"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["--contact", "Anna"], ["contact=Anna"]),
        (["--contact=Anna B"], ["contact=Anna B"]),
        (["--cfg", "job", "--seed", "3", "-m"], ["--cfg", "job", "seed=3", "-m"]),
        (["--cfg=job", "model=tiny_causal"], ["--cfg=job", "model=tiny_causal"]),
    ],
)
def test_settings_may_have_dashes(typed: list[str], meant: list[str]) -> None:
    assert without_dashes(typed, ["--cfg", "-m"]) == meant


@pytest.mark.parametrize("typed", [["--contact"], ["--contact", "-m"]])
def test_a_setting_has_a_value(typed: list[str]) -> None:
    with pytest.raises(ConfigError, match=r"--contact is no flag of doppel: .* contact=\.\.\."):
        without_dashes(typed, ["-m"])
