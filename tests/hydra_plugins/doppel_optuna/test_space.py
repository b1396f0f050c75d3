import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from doppel.errors import ConfigError
from hydra_plugins.doppel_optuna._space import Space


def space(*overrides):
    return Space(OverridesParser.create().parse_overrides(list(overrides)))


@pytest.mark.parametrize(
    ("typed", "distribution"),
    [
        ("a=1,2,x", CategoricalDistribution(("1", "2", "x"))),
        ("a=choice(1,1,2)", CategoricalDistribution(("1", "2"))),
        ("a=[1,2],[3]", CategoricalDistribution(("[1,2]", "[3]"))),
        ("a=shuffle(3,1,2)", CategoricalDistribution(("3", "1", "2"))),
        ("a=range(1,10,3)", IntDistribution(1, 7, step=3)),
        ("a=range(10,0,-5)", IntDistribution(5, 10, step=5)),
        ("a=range(0.1,0.5,0.1)", FloatDistribution(0.1, 0.4, step=0.1)),
        ("a=interval(1,8)", FloatDistribution(1.0, 8.0)),
        ("a=int(interval(1,8))", IntDistribution(1, 8)),
        ("a=tag(log,interval(1e-5,1e-3))", FloatDistribution(1e-5, 1e-3, log=True)),
        ("a=tag(log,int(interval(1,1000)))", IntDistribution(1, 1000, log=True)),
    ],
)
def test_sweeps_become_distributions(typed, distribution):
    assert space(typed).distributions == {"a": distribution}


def test_a_trial_is_the_fixed_overrides_and_a_value_for_each_key():
    both = space("+b=interval(0,1)", "model=tiny", "~c", "a=x,y", "r=range(0.1,0.5,0.1)")
    drawn = {"+b": 1e-05, "a": "y", "r": 0.1 + 2 * 0.1}
    assert both.overrides(drawn) == ("model=tiny", "~c", "+b=1e-05", "a=y", "r=0.3")


def test_the_last_override_of_a_key_wins():
    assert space("a=1", "b=1,2", "a=3,4", "b=5").fixed == ("b=5",)
    assert space("a=1", "b=1,2", "a=3,4", "b=5").distributions == {"a": CategoricalDistribution(("3", "4"))}


def test_combinations_are_listed_as_a_grid_unless_one_key_is_continuous():
    assert list(space("a=x,y", "b=range(1,3)").combinations()) == [
        {"a": "x", "b": 1},
        {"a": "x", "b": 2},
        {"a": "y", "b": 1},
        {"a": "y", "b": 2},
    ]
    assert list(space("a=x,y", "b=interval(1,3)").combinations()) == []


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["a=1"], "nothing to vary"),
        (["a=interval(2,1)"], "an empty interval in a=interval(2,1): type a='interval(1.0, 2.0)'"),
        (["a=tag(log,interval(0,1))"], "a log interval starts above zero, a=tag(log,interval(0,1)) starts at 0.0"),
        (["a=range(3,3)"], "an empty range in a=range(3,3)"),
        (["a=tag(log,range(1,9))"], "tag(log, ...) is for an interval, a=tag(log,range(1,9)) is a range"),
    ],
)
def test_a_space_that_cannot_be_searched_is_refused(typed, message):
    with pytest.raises(ConfigError) as fault:
        space(*typed)
    assert message in str(fault.value)
