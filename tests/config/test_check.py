from functools import cache
from typing import Any

import pytest

from doppel.config.check import check
from doppel.config.compose import compose
from doppel.errors import ConfigError

ROOT = "doppel.config.roots.Prepare"


@cache
def composed() -> dict[str, Any]:
    values, found = compose("prepare", ["source=telegram", "source.path=result.json", "split=none", "privacy=secrets"])
    assert found == []
    return values


def config(**changes: Any) -> dict[str, Any]:
    sound = {
        **composed(),
        "filters": {"length": {"_target_": "doppel.filters.length.Length", "min_chars": 1, "max_chars": 10}},
        "samples": {"_target_": "torch.optim.AdamW", "_partial_": True, "lr": 1e-3, "betas": [0.9, 0.99]},
    }
    return {**sound, **changes}


def faults(**changes: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        check(config(**changes), ROOT)
    return str(caught.value)


def test_a_sound_config_passes() -> None:
    check(config(), ROOT)


def test_all_faults_come_in_one_message() -> None:
    text = faults(
        sessions={"_target_": "doppel.sessions.gap.SplitByGap", "topics": True, "max_gap_minute": 60},
        outputs=3,
        samples={"_target_": "torch.optim.AdamW", "_partial_": True, "lr": -1.0, "betas": [0.9, 2]},
    )
    assert text.splitlines() == [
        "the config has 5 faults:",
        "  outputs=3 is refused: it must be a valid string",
        "  sessions.max_gap_minute is unknown, did you mean max_gap_minutes?; accepted: max_gap_minutes, topics",
        "  sessions.max_gap_minutes is missing: type sessions.max_gap_minutes=...",
        "  samples.lr=-1.0 is refused: it must be greater than 0",
        "  samples.betas=[0.9, 2] is refused: item 1 must be less than 1",
    ]


def test_a_string_is_no_number_and_true_is_no_count() -> None:
    sessions = {"_target_": "doppel.sessions.gap.SplitByGap", "max_gap_minutes": "60"}
    assert "sessions.max_gap_minutes='60' is refused: it must be a valid number" in faults(sessions=sessions)


def test_a_value_left_open_is_asked_for() -> None:
    source = {"_target_": "doppel.source.telegram.TelegramExport", "path": "???"}
    assert "source.path must be given: type source.path=..." in faults(source=source)


def test_a_root_key_that_is_misspelt_in_a_file_is_refused() -> None:
    assert "outptus is unknown, did you mean outputs?" in faults(outptus="x")


def test_a_misspelt_name_in_a_group_of_named_nodes_is_refused() -> None:
    filters = {**config()["filters"], "lenght": {"max_chars": 3}}
    assert "filters.lenght is unknown, did you mean length?" in faults(filters=filters)


@pytest.mark.parametrize("target", ["os.system", "torch.load", "pandas.read_pickle", "subprocess.run", "doppelx.Y", 3])
def test_code_outside_the_list_is_refused_before_import(target: Any) -> None:
    text = faults(split={"_target_": target})
    assert f"split._target_={target} is refused" in text
    assert "allow_targets" in text


def test_the_user_may_opt_in_on_the_command_line_only() -> None:
    changed = config(split={"_target_": "antlr4.Parser"})
    with pytest.raises(ConfigError, match="is refused: code comes from"):
        check(changed, ROOT)
    with pytest.raises(ConfigError, match=r"cannot be found|missing"):
        check(changed, ROOT, opted_in=("antlr4",))


def test_a_target_that_does_not_exist_is_told() -> None:
    assert "cannot be found" in faults(split={"_target_": "doppel.split.none.NoSplitAtAll"})


def test_code_inside_a_list_is_refused_too() -> None:
    chats = {"_target_": "doppel.filters.chats.ChatKinds", "kinds": [["x", {"_target_": "os.getenv", "key": "HOME"}]]}
    assert "filters.chats.kinds[0][1]._target_=os.getenv is refused" in faults(filters={"chats": chats})


def test_what_an_allowed_package_only_imports_is_refused() -> None:
    target = "pytorch_lightning.trainer.connectors.signal_connector.call"
    with pytest.raises(ConfigError, match="it is not pytorch_lightning's own"):
        check(config(split={"_target_": target, "args": "ls"}), ROOT, opted_in=("pytorch_lightning",))


def test_hydras_marks_that_mean_nothing_here_are_refused() -> None:
    split = {"_target_": "doppel.config.build.build", "_args_": ["x"], "_recursive_": False}
    text = faults(split=split)
    assert "split._args_ is unknown" in text
    assert "split._recursive_ is unknown" in text


def test_the_config_itself_is_no_node() -> None:
    assert "_target_ is unknown" in faults(_target_="doppel.split.none.NoSplit")


def test_infinity_is_no_number() -> None:
    samples = {"_target_": "torch.optim.AdamW", "_partial_": True, "lr": float("inf")}
    assert "samples.lr=Infinity is refused: it must be a finite number" in faults(samples=samples)


def test_a_word_among_named_nodes_is_refused() -> None:
    assert "filters.extra is unknown" in faults(filters={**config()["filters"], "extra": 3})


def test_a_kind_of_chat_that_does_not_exist_is_refused() -> None:
    chats = {"_target_": "doppel.filters.chats.ChatKinds", "kinds": ["personal", "grup"]}
    assert "item 1 must be 'saved', 'personal', 'group'" in faults(filters={"chats": chats})
