"""Ollama's template says, for a chat of two, the text that the model was trained on."""

import pytest
import yaml

from doppel.config.build import build
from doppel.config.tree import project_path
from doppel.model.byte_tokenizer import byte_tokenizer
from doppel.portable.modelfile import MARK, literal, modelfile, template
from doppel.types import Turn
from tests.drawing import sampling

ANN = Turn("a", "Ann", (MARK,), is_persona=False, is_learnt=False)
BEN = Turn("b", "Ben", (MARK,), is_persona=True, is_learnt=False)
SAID = [("user", "hi"), ("assistant", "yo"), ("user", "how are you")]


def markup(name, **changes):
    node = yaml.safe_load((project_path("conf") / "markup" / f"{name}.yaml").read_text(encoding="utf-8"))
    return build({**node, **changes}, byte_tokenizer())


def rendered(text, said):
    """What Go makes of the template: of its language these templates hold one loop, two cases and one value."""
    opening, rest = text.split("{{ range .Messages }}")
    loop, asked = rest.split("{{ end }}{{ end }}")
    user, own = loop.removeprefix('{{ if eq .Role "user" }}').split('{{ else if eq .Role "assistant" }}')
    cases = {"user": user, "assistant": own}
    return opening + "".join(cases[role].replace("{{ .Content }}", words) for role, words in said) + asked


@pytest.mark.parametrize(
    ("name", "changes"), [("chatml", {}), ("chatml", {"system": "Be kind."}), ("instruction", {"end": "### End"})]
)
def test_the_prompt_is_the_one_trained_on(name, changes):
    made = markup(name, **changes)
    turns = made.prepare((ANN, BEN, ANN, BEN))
    segments = [*made.opening(turns)]
    for turn, (_, words) in zip(turns, SAID, strict=False):
        said = Turn(turn.speaker_id, turn.speaker_name, (words,), turn.is_persona, is_learnt=False)
        segments += [*made.header(said), *made.body(said)]
    wanted = "".join(segment.text for segment in (*segments, *made.header(turns[-1])))
    assert rendered(template(made, ANN, BEN), SAID) == wanted


def test_own_bursts_stand_as_they_were_said():
    text = rendered(template(markup("bursts"), ANN, BEN), [("user", "hi"), ("assistant", ">>> yo\n>>> hey")])
    assert text == ("<|im_start|>Ann\n>>> hi<|im_end|>\n<|im_start|>Ben\n>>> yo\n>>> hey<|im_end|>\n<|im_start|>Ben\n")


def test_the_file_names_the_model_where_replies_end_and_how_they_are_drawn():
    lines = modelfile("model-q8_0.gguf", markup("chatml"), ANN, BEN, sampling(do_sample=False), context=512).split("\n")
    assert "FROM ./model-q8_0.gguf" in lines
    assert 'PARAMETER stop "<|im_end|>"' in lines
    assert {"PARAMETER temperature 0", "PARAMETER num_ctx 512", "PARAMETER num_predict 128"} <= set(lines)


def test_words_cannot_be_taken_for_the_template():
    assert literal('{{ x }} """') == '{{ "{{" }} x }} " " "'
