"""The README.md beside a trained adapter or model, in the form the hub reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from doppel.engine.plain import fenced, in_markdown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doppel.types import Architecture

CARD = """\
---
{front_matter}
---

# {title}

{what} of `{base}`,
fine-tuned by doppel on a private chat history so that it writes like people in it.

**It imitates real people.** Use it only with their consent, say to whoever talks with it that it is a model,
and do not publish it without the consent of everyone whose messages it has read: models repeat what they were trained
on. No message of the chats stands in this file.

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
base = {auto}.from_pretrained("{base}")
model = PeftModel.from_pretrained(base, "PATH/TO/THIS/FOLDER")"""
LOAD_MODEL = """\
from transformers import {auto}, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("PATH/TO/THIS/FOLDER")
model = {auto}.from_pretrained("PATH/TO/THIS/FOLDER")"""
AUTO = {"causal": "AutoModelForCausalLM", "seq2seq": "AutoModelForSeq2SeqLM"}


def model_card(
    *,
    kind: Literal["adapter", "model"],
    base_model: str,
    architecture: Architecture,
    markup_example: str,
    training: Mapping[str, object],
    counts: Mapping[str, int],
    persona: str | None,
) -> str:
    """The text of the card, Markdown with YAML front matter.

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
    template = LOAD_ADAPTER if kind == "adapter" else LOAD_MODEL
    code = template.format(auto=AUTO[architecture], base=f"PATH/TO/{base}" if is_local else base)
    return CARD.format(
        front_matter="\n".join(f"{key}: {json.dumps(value)}" for key, value in front.items() if value is not None),
        title=in_markdown(f"A model of {persona}" if persona else "A model of a person's way of writing"),
        what="A PEFT adapter" if kind == "adapter" else "A full model, all weights trained,",
        base=base,
        loading=fenced(code).replace("```", "```python", 1),
        markup=fenced(markup_example),
        training=fact_table(training),
        counts=fact_table(counts),
        kind=kind,
    )


def fact_table(facts: Mapping[str, object]) -> str:
    """A table of names and values."""
    rows = [f"| {in_markdown(name)} | {in_markdown(str(value))} |" for name, value in facts.items()]
    return "\n".join(["| | |", "| --- | --- |", *rows])
