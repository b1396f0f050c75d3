"""Facts as people write them down, and a model of inference as a folder."""

from pathlib import Path

import pytest

from doppel.errors import ConfigError, ModelError
from doppel.evaluation import contradiction
from doppel.evaluation.contradiction import Contradiction, facts_of
from doppel.evaluation.nouns import REAL, RESULT, Finding
from tests.evaluation.folders_fake import inference_folder
from tests.evaluation.people_fake import ScriptedSystem, clone, material

GIVEN = material()
FACTS = "# About Ada\n\n- sails a boat\n* likes the sea\n3. never drinks tea\n\nwas born in 1815\n"


def metric(tmp_path: Path, facts: str | None = FACTS, model: Path | None = None, most: int = 50) -> Contradiction:
    file = tmp_path / "facts.md"
    file.write_text(facts or "", encoding="utf-8")
    return Contradiction(
        min_replies=50,
        facts=None if facts is None else str(file),
        nli_model=None if model is None else str(model),
        most_facts=most,
        min_probability=0.5,
    )


def test_a_fact_is_a_line(tmp_path: Path) -> None:
    assert metric(tmp_path).facts == ["sails a boat", "likes the sea", "never drinks tea", "was born in 1815"]
    assert metric(tmp_path, most=1).facts == ["sails a boat"]


def test_replies_that_a_model_finds_contradictory_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = metric(tmp_path, model=inference_folder(tmp_path / "nli"))
    says = [("I never sail",), *clone(GIVEN)[1:]]

    def contradicts(pairs):
        return [0.9 if fact == "sails a boat" and text == "I never sail" else 0.2 for fact, text in pairs]

    monkeypatch.setattr(contradiction, "_inference", lambda folder: contradicts)
    found = asked.judge(GIVEN, {RESULT: asked.ask(GIVEN, ScriptedSystem(lambda _: 1.0, says))})
    assert isinstance(found, Finding)
    (measure,) = found.measures
    assert measure.values[RESULT].value == pytest.approx(1 / len(says))
    assert measure.values[REAL].value == 0


def test_the_model_of_a_folder_reads_pairs(tmp_path: Path) -> None:
    contradicts = contradiction._inference(str(inference_folder(tmp_path)))
    probabilities = contradicts([("the sea", "i like tea")] * 40 + [("i sail", "never")])
    assert len(probabilities) == 41
    assert all(0 <= one <= 1 for one in probabilities)
    assert probabilities[:40] == pytest.approx([probabilities[0]] * 40, abs=1e-5)


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    assert "no file of facts is named" in str(metric(tmp_path, facts=None).judge(GIVEN, {}))
    assert "no model of inference is named" in str(metric(tmp_path).judge(GIVEN, {}))
    assert metric(tmp_path).ask(GIVEN, ScriptedSystem(lambda _: 1.0, clone(GIVEN))) == []
    with pytest.raises(ConfigError, match="holds no fact: write one a line"):
        metric(tmp_path, facts="# nothing\n")
    with pytest.raises(ConfigError, match=r"nowhere\.md cannot be read"):
        facts_of(str(tmp_path / "nowhere.md"))
    with pytest.raises(ModelError, match="has no label `contradiction`: it has yes, no"):
        contradiction._inference(str(inference_folder(tmp_path, "yes", "no")))
