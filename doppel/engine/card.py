"""The README.md beside a trained adapter or model, in the form the hub reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from doppel.engine.plain import fenced, in_markdown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doppel.types import Architecture

Kind = Literal["adapter", "model", "layers"]
CARD = """\
---
{front_matter}
---

# {title}

{what} of `{base}`,
fine-tuned by doppel on a private chat history so that it writes like people in it.

**It imitates real people.** Use it only with their consent, say to whoever talks with it that it is a model,
and do not publish it without the consent of everyone whose messages it has read: models repeat what they were trained
on. No message of the chats stands in this file.{private}

## Use

{loading}

The prompt is the text below, up to the words of who speaks next; the reply ends at the next marker.

{markup}

## Training

{training}

## Data

{counts}

## Licence

The licence of the base model, `{base}`, holds for this {kind} too:
read and respect it. The messages belong to the people who wrote them.
"""
LOAD_ADAPTER = """\
from peft import PeftModel
from transformers import {auto}, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("PATH/TO/THIS/FOLDER")
base = {auto}.from_pretrained("{base}"){more_rows}
model = PeftModel.from_pretrained(base, "PATH/TO/THIS/FOLDER")"""
LOAD_MODEL = """\
from transformers import {auto}, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("PATH/TO/THIS/FOLDER")
model = {auto}.from_pretrained("PATH/TO/THIS/FOLDER")"""
LOAD_LAYERS = """\
from safetensors.torch import load_file
from transformers import {auto}, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("PATH/TO/THIS/FOLDER")
model = {auto}.from_pretrained("{base}")
model.load_state_dict(load_file("PATH/TO/THIS/FOLDER/layers.safetensors"), strict=False)"""
# Before the adapter is put on: rows for the tokens that the base has not, its head being its own where it was.
MORE_ROWS = """
base.config.tie_word_embeddings = base.get_output_embeddings().weight is base.get_input_embeddings().weight
if base.get_input_embeddings().num_embeddings < {rows}:
    base.resize_token_embeddings({rows}, mean_resizing=False)"""
LOADING = {"adapter": LOAD_ADAPTER, "model": LOAD_MODEL, "layers": LOAD_LAYERS}
WHAT = {
    "adapter": "A PEFT adapter",
    "model": "A full model",
    "layers": "The last layers, trained whole,",
}
PRIVATE_NAMES = " Names of people do stand beside it, in `tokenizer.json`: they are tokens of their own."
AUTO = {"causal": "AutoModelForCausalLM", "seq2seq": "AutoModelForSeq2SeqLM"}


def model_card(
    *,
    kind: Kind,
    rows: int,
    base_model: str,
    architecture: Architecture,
    markup_example: str,
    training: Mapping[str, object],
    counts: Mapping[str, int],
    persona: str | None,
) -> str:
    """The text of the card, Markdown with YAML front matter.

    `rows`: how many the embeddings must have where an adapter has tokens of its own, else 0.
    `markup_example` is a prompt with invented people and words; `training` and `counts` are facts, one row each. The
    persona is named only where the caller gives the name. Of a base in a local folder only the folder's name is told.
    """
    is_local = base_model.startswith(("/", ".", "~")) or base_model.count("/") > 1 or "\\" in base_model
    base = base_model.replace("\\", "/").rstrip("/").rpartition("/")[2] if is_local else base_model
    front = {
        "base_model": None if is_local else base,
        "library_name": "peft" if kind == "adapter" else "transformers",
        "pipeline_tag": "text-generation" if architecture == "causal" else None,
        "license": "other",
        "tags": ["doppel", "persona", "chat"],
    }
    code = LOADING[kind].format(
        auto=AUTO[architecture],
        base=f"PATH/TO/{base}" if is_local else base,
        more_rows=MORE_ROWS.format(rows=rows) if rows else "",
    )
    return CARD.format(
        front_matter="\n".join(f"{key}: {json.dumps(value)}" for key, value in front.items() if value is not None),
        title=in_markdown(f"A model of {persona}" if persona else "A model of a person's way of writing"),
        what=WHAT[kind],
        base=base,
        loading=fenced(code).replace("```", "```python", 1),
        markup=fenced(markup_example),
        training=fact_table(training),
        counts=fact_table(counts),
        kind=kind,
        private=PRIVATE_NAMES if rows else "",
    )


def fact_table(facts: Mapping[str, object]) -> str:
    """A table of names and values."""
    rows = [f"| {in_markdown(name)} | {in_markdown(str(value))} |" for name, value in facts.items()]
    return "\n".join(["| | |", "| --- | --- |", *rows])
