from typing import Any

import pytest

from doppel.config.compose import compose
from doppel.config.rules import RULES, table
from doppel.config.tree import project_path


@pytest.fixture(autouse=True)
def no_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doppel.config.rules.gpu_capabilities", lambda: ())


def broken(*overrides: str) -> set[str]:
    config: dict[str, Any] = compose("train", list(overrides))[0]
    return {rule.id for rule in RULES if rule.is_broken_by(config)}


@pytest.mark.parametrize(
    ("overrides", "rules"),
    [
        ([], set()),
        (["model=tiny_seq2seq"], set()),
        (["model=tiny_seq2seq", "batches=packed"], {"packed x seq2seq"}),
        (["model=seq2seq", "model.path=x", "batches=packed"], {"packed x seq2seq"}),
        (["markup=fred", "model=tiny_causal"], {"fred x causal"}),
        (["markup=fred", "model=tiny_seq2seq"], set()),
        (["strategy=ddp"], set()),
        (["strategy=ddp", "trainer.devices=1"], {"several processes x one device"}),
        (["trainer.devices=2"], {"single x devices"}),
        (["strategy=ddp", "trainer.num_nodes=2"], {"several machines"}),
        (["trainer.accelerator=gpu"], {"GPU x machine"}),
        (["trainer.max_epochs=-1"], {"endless run"}),
        (["trainer.max_epochs=null", "trainer.max_steps=9"], set()),
        (["trainer.max_steps=0"], {"empty run"}),
        (["trainer.max_epochs=0"], {"empty run"}),
        (["logger=tensorboard"], set()),
        (["~logger.csv"], {"no record"}),
        (["logger.csv=null"], {"no record"}),
        (["++resume=outputs/train/NAME"], {"resume in a file"}),
        (["callbacks=early_stopping", "split=none"], {"early stopping x no validation"}),
        (["model=tiny_causal", "batches.max_tokens=4096"], {"batch x context"}),
    ],
)
def test_a_combination_breaks_the_rules_that_name_it(overrides: list[str], rules: set[str]) -> None:
    assert broken(*overrides) == rules


def test_every_rule_says_why_and_what_to_type() -> None:
    assert all(rule.reason and rule.remedy.startswith("type ") for rule in RULES)
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_the_table_for_people_is_made_from_the_rules() -> None:
    # To write it anew: python -c "from doppel.config.rules import table; print(table(), end='')" > conf/RULES.md
    assert (project_path("conf") / "RULES.md").read_text(encoding="utf-8") == table()
