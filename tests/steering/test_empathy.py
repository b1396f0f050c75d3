"""How the other one feels decides how they are answered."""

from pathlib import Path
from typing import Any

import pytest

from doppel.config.build import build
from doppel.config.compose import compose
from doppel.errors import ModelError
from doppel.steering.empathy import Empathy
from doppel.steering.lexicon import lexicon_scores
from doppel.types import Turn


def rule(*words: str) -> Any:
    return build(compose("talk", list(words))[0]["steering"])


def turn(text: str, speaker_id: str = "bob") -> Turn:
    return Turn(speaker_id, speaker_id.title(), (text,), is_persona=speaker_id == "ann", is_learnt=False)


@pytest.mark.parametrize(
    ("said", "least", "begins"),
    [
        ("my dog died and I feel so sad", 15, "They feel bad."),
        ("i am not happy :(", 15, "They feel bad."),
        ("у меня умерла собака, мне грустно", 15, "They feel bad."),
        ("I am so happy, we won!", 10, "They are glad."),
        ("ура, я так рада))", 10, "They are glad."),
        ("what time is it", 3, None),
        ("I am not afraid", 3, None),
    ],
)
def test_what_is_felt_chooses_instruction_and_length(said: str, least: int, begins: str | None) -> None:
    steer = rule("steering=empathy")([turn(said)], "ann")
    assert steer.generation == {"min_new_tokens": least}
    assert begins is None if steer.instruction is None else steer.instruction.startswith(begins or "?")


def test_the_thresholds_are_the_config_s() -> None:
    sad = [turn("so sad")]
    assert rule("steering=empathy", "steering.negative_above=0.5")(sad, "ann").instruction is None  # 1 / (1 + 1)
    assert rule("steering=empathy", "steering.negative_above=0.49")(sad, "ann").why == "negative 0.50, positive 0.00"


def test_the_persona_s_own_feelings_are_no_question() -> None:
    assert rule("steering=empathy")([turn("so sad", "ann")], "ann").why == "nothing to answer"
    assert rule("steering=empathy")([], "ann").generation == {"min_new_tokens": 3}
    assert rule()([turn("so sad")], "ann").generation == {}
    assert isinstance(rule("steering=empathy_ru"), Empathy)


def test_scores_are_shares() -> None:
    assert lexicon_scores("") == lexicon_scores("the table") == {}
    assert lexicon_scores("happy sad") == {"joy": 1 / 3, "sadness": 1 / 3}
    assert lexicon_scores("never happy") == {"sadness": 0.5}
    assert lexicon_scores("😀") == {"joy": 0.5}


def test_a_classifier_that_is_not_there_or_has_other_emotions_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"steering.classifier=\S+nowhere is no folder with a text-classification"):
        rule("steering=empathy_model", f"steering.classifier={tmp_path / 'nowhere'}")([turn("hi")], "ann")
    with pytest.raises(ModelError, match="steering names bliss, joyous, and the built-in list of words knows anger"):
        rule("steering=empathy", "steering.positive_emotions=[bliss,joyous]")([turn("hi")], "ann")


def test_a_folder_of_transformers_scores(tmp_path: Path) -> None:
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    from doppel.model.byte_tokenizer import byte_tokenizer

    torch.manual_seed(0)
    tokenizer = byte_tokenizer()
    names = dict(enumerate(("anger", "disgust", "fear", "joy", "sadness", "surprise")))
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = BertConfig(vocab_size=len(tokenizer), pad_token_id=tokenizer.pad_token_id, id2label=names, **size)
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    told = rule("steering=empathy_model", f"steering.classifier={tmp_path}")([turn("hi")], "ann").why
    negative, positive = (float(part.split()[1]) for part in told.split(", "))
    assert negative + positive == pytest.approx(1, abs=0.011)  # all of its emotions are of one of the two
