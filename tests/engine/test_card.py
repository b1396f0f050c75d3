"""The card loads as the hub reads it, and tells what it must and no more."""

import pytest
import yaml

from doppel.engine.card import model_card

FACTS = {
    "markup_example": "<|im_start|>Bob\nhi<|im_end|>\n<|im_start|>Ada\n",
    "training": {"optimizer steps": 40, "learning_rate": 0.001},
    "counts": {"messages": 1200},
}


def card(kind="adapter", base_model="HuggingFaceTB/SmolLM2-135M-Instruct", architecture="causal", persona=None, rows=0):
    return model_card(kind=kind, rows=rows, base_model=base_model, architecture=architecture, persona=persona, **FACTS)


def front_matter(text):
    return yaml.safe_load(text.split("---\n")[1])


def test_front_matter_of_an_adapter():
    assert front_matter(card()) == {
        "base_model": "HuggingFaceTB/SmolLM2-135M-Instruct",
        "library_name": "peft",
        "pipeline_tag": "text-generation",
        "license": "other",
        "tags": ["doppel", "persona", "chat"],
    }


def test_front_matter_of_a_full_encoder_decoder_model():
    front = front_matter(card(kind="model", base_model="ai-forever/FRED-T5-large", architecture="seq2seq"))
    assert front["library_name"] == "transformers"
    assert "pipeline_tag" not in front


@pytest.mark.parametrize("base", ["/data/models/tiny", "./a/tiny/", "~/tiny", "C:\\models\\tiny"])
def test_a_local_base_keeps_its_place_to_itself(base):
    text = card(base_model=base)
    assert base not in text
    assert "base_model" not in front_matter(text)
    assert 'AutoModelForCausalLM.from_pretrained("PATH/TO/tiny")' in text


@pytest.mark.parametrize(
    ("kind", "architecture", "line"),
    [
        ("adapter", "causal", 'base = AutoModelForCausalLM.from_pretrained("a/b")'),
        ("adapter", "seq2seq", 'base = AutoModelForSeq2SeqLM.from_pretrained("a/b")'),
        ("model", "causal", 'model = AutoModelForCausalLM.from_pretrained("PATH/TO/THIS/FOLDER")'),
        ("model", "seq2seq", 'model = AutoModelForSeq2SeqLM.from_pretrained("PATH/TO/THIS/FOLDER")'),
    ],
)
def test_the_code_is_python_and_loads_the_right_class(kind, architecture, line):
    code = card(kind=kind, base_model="a/b", architecture=architecture).split("```python\n")[1].split("```")[0]
    compile(code, "card", "exec")
    assert line in code.splitlines()
    assert ("peft" in code) == (kind == "adapter")


def test_the_persona_is_named_only_where_it_is_given():
    assert "# A model of a person's way of writing\n" in card()
    assert "# A model of Ada \\*\n" in card(persona="Ada *")


def test_facts_consent_and_licence_are_told():
    text = card()
    assert "| learning\\_rate | 0.001 |\n" in text
    assert "| messages | 1200 |\n" in text
    assert "<|im_start|>Bob\nhi<|im_end|>\n<|im_start|>Ada\n```" in text
    assert "only with their consent" in text
    assert "do not publish it without the consent of everyone" in text
    assert "licence of the base model, `HuggingFaceTB/SmolLM2-135M-Instruct`, holds for this adapter too" in text


def test_rows_of_new_tokens_are_made_before_the_adapter_is_put_on():
    text = card(rows=261)
    lines = text.splitlines()
    at = lines.index("    base.resize_token_embeddings(261, mean_resizing=False)")
    assert lines[at + 1] == 'model = PeftModel.from_pretrained(base, "PATH/TO/THIS/FOLDER")'
    assert "Names of people do stand beside it" in text
    assert "Names of people" not in card()


def test_layers_are_put_into_the_base():
    text = card(kind="layers")
    assert 'model.load_state_dict(load_file("PATH/TO/THIS/FOLDER/layers.safetensors"), strict=False)' in text
    assert "The last layers, trained whole, of `HuggingFaceTB/SmolLM2-135M-Instruct`" in text
