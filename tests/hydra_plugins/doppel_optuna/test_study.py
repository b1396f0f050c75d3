import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from hydra_plugins.doppel_optuna._space import Space
from hydra_plugins.doppel_optuna._study import Search, open_study


def search(storage, *typed, seed=0, sampler="tpe"):
    study = open_study(str(storage), "doppel", direction="minimize", typed=typed)
    return Search(study, Space(OverridesParser.create().parse_overrides(list(typed))), sampler=sampler, seed=seed)


def params(trials):
    return [trial.params for trial in trials]


@pytest.mark.parametrize("seed", [0, None])
def test_no_combination_is_proposed_twice_and_all_are_in_the_end(tmp_path, seed):
    finding = search(tmp_path / "study.journal", "a=1,2,3", "b=int(interval(1,3))", seed=seed)
    for number in range(9):
        (trial,) = finding.propose(1)
        finding.record(trial, 1.0, run=number)
    assert len({finding.space.overrides(trial.params) for trial in finding.study.trials}) == 9
    assert finding.propose(1) == []


def test_a_batch_is_as_long_as_asked_or_as_is_left(tmp_path):
    finding = search(tmp_path / "study.journal", "a=1,2,3")
    assert len(finding.propose(2)) == 2
    assert len(finding.propose(5)) == 3


def test_what_did_not_end_is_proposed_again(tmp_path):
    finding = search(tmp_path / "study.journal", "a=interval(0,1)")
    first = finding.propose(2)
    assert params(search(tmp_path / "study.journal", "a=interval(0,1)").propose(2)) == params(first)


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_the_seed_and_the_trials_before_say_what_is_tried(tmp_path, sampler):
    def tried(name, seed, *, starts_again=False):
        seen = []
        finding = search(tmp_path / name, "a=interval(0,1)", "b=x,y", seed=seed, sampler=sampler)
        for number in range(14):  # the first ten of TPE are random
            if starts_again:
                finding = search(tmp_path / name, "a=interval(0,1)", "b=x,y", seed=seed, sampler=sampler)
            (trial,) = finding.propose(1)
            finding.record(trial, trial.params["a"], run=number)
            seen.append(trial.params)
        return seen

    first = tried("first", 1)
    assert tried("same", 1) == first
    assert tried("interrupted", 1, starts_again=True) == first
    assert not {each["a"] for each in tried("other", 2)} & {each["a"] for each in first}
    assert len({each["a"] for each in first}) == 14


def test_numbers_go_on_after_the_last_trial_that_ended(tmp_path):
    finding = search(tmp_path / "study.journal", "a=interval(0,1)")
    assert finding.next_number() == 0
    finding.record(finding.propose(1)[0], None, run=4)
    assert (finding.next_number(), finding.ended()) == (5, 1)


@pytest.mark.parametrize("objective", [None, float("nan"), float("inf"), "low"])
def test_no_finite_objective_is_a_failure(tmp_path, objective):
    finding = search(tmp_path / "study.journal", "a=interval(0,1)")
    finding.record(finding.propose(1)[0], objective, run=0)
    assert [trial.state.name for trial in finding.study.trials] == ["FAIL"]


def test_a_journal_whose_last_line_was_cut_is_read_up_to_it(tmp_path):
    journal = tmp_path / "study.journal"
    finding = search(journal, "a=interval(0,1)")
    for number in range(2):
        finding.record(finding.propose(1)[0], 1.0, run=number)
    tried = params(finding.study.trials)
    journal.write_bytes(journal.read_bytes()[:-20])
    again = search(journal, "a=interval(0,1)")
    assert again.ended() == 1
    again.record(again.propose(1)[0], 1.0, run=1)
    assert search(journal, "a=interval(0,1)").ended() == 2
    assert params(again.study.trials) == tried
