"""Likeness in meaning: what stands beside the same words, or what a model holds alike."""

from pathlib import Path

import numpy as np
import pytest

from doppel.errors import ConfigError, ModelError
from doppel.evaluation.meaning import by_company, by_model
from doppel.evaluation.nouns import Finding
from doppel.evaluation.relevance import Relevance
from tests.evaluation.folders_fake import embedding_folder
from tests.evaluation.people_fake import material, models

TEXTS = ["the gull and the tide", "tide and boat", "soup with onion", "the onion in the soup", "boat, tide"]


def test_words_are_alike_that_stand_beside_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doppel.evaluation.meaning.DIMENSIONS", 3)
    embed = by_company(TEXTS)
    gull, boat, soup, strange = embed(["gull tide", "boat", "onion soup", "xyz"])
    assert gull @ boat > 0.3 > abs(soup @ boat)
    assert np.linalg.norm(gull) == pytest.approx(1)
    assert not strange.any()


def test_even_one_word_makes_a_space() -> None:
    assert by_company(["ok", "ok", "ok"])(["ok"]) @ by_company(["ok", "ok"])(["ok"]).T == pytest.approx(1)


def test_a_model_from_a_folder_whatever_stands_beside(tmp_path: Path) -> None:
    embed = by_model(str(embedding_folder(tmp_path)))
    alone, other = embed(["the sea"]), embed(["i like tea"])
    together = embed(["the sea", "i never like the boat", ""])
    assert together[0] == pytest.approx(alone[0], abs=1e-5)  # padding changes nothing
    assert alone[0] @ alone[0] == pytest.approx(1)
    assert alone[0] @ other[0] < 0.999


@pytest.mark.parametrize("has_model", [False, True])
def test_meaning_tells_a_clone_from_a_shuffled_one(has_model: bool, tmp_path: Path) -> None:
    given = material()
    folder = str(embedding_folder(tmp_path)) if has_model else None
    metric = Relevance(min_replies=50, shuffles=10, embedding_model=folder)
    replies = models(given)
    found = metric.judge(given, {name: replies[name] for name in ("clone", "shuffled", "one_reply")})
    assert isinstance(found, Finding)
    gain = next(one for one in found.measures if one.name == "meaning_gain")
    assert ("the model of embedding_model" in gain.says) is has_model
    assert gain.values["one_reply"].value == pytest.approx(0, abs=1e-6)
    if not has_model:  # a random one knows nothing
        clone = gain.values["clone"]
        assert clone.low is not None
        assert clone.low > 0 > gain.values["shuffled"].value


def test_what_is_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"embedding_model=.* is no folder of a model: there is no config.json in it"):
        Relevance(min_replies=50, shuffles=10, embedding_model=str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"embedding_model=.* cannot be loaded"):
        by_model(str(tmp_path))
