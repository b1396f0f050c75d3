"""The model of a plan: its architecture from the config, and its layers without weights."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doppel.config.build import build
from doppel.errors import DoppelError, ModelError
from doppel.model.pretrained import CONTEXT_KEYS, LOADERS, keep_own_head
from doppel.plan.architecture import shipped
from doppel.precision.shape_only import quantise_shapes
from doppel.types import Architecture

if TYPE_CHECKING:
    from torch import Tensor

PACKAGED = {"SmolLM2": "HuggingFaceTB/SmolLM2-135M-Instruct"}  # options whose architecture ships under another name
DEPTHS = ("num_hidden_layers", "n_layer", "num_layers", "num_decoder_layers")
PER_LAYER = ("layer_types",)  # what a config holds for each layer, and makes itself where it is left out


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a model before it is had."""

    name: str
    architecture: Architecture
    facts: dict[str, Any]  # of its config.json
    source: str  # where they are from, in words
    context_tokens: int | None

    @property
    def layers(self) -> int:
        """Of a stack."""
        return next(self.facts[key] for key in DEPTHS if key in self.facts)


def known_model(config: dict[str, Any]) -> Known:
    """What the config's model is: a folder's own config.json, else what ships with doppel, else the hub's.

    Raises: ModelError where none of them tells, and where batches.max_tokens is more than the model can read.
    """
    node = config["model"]
    option = build(node)
    name = node.get("path") or PACKAGED.get(type(option).__name__) or type(option).__name__
    if name in shipped():
        facts, source = dict(shipped()[name]), "ships with doppel"
        if ("encoder-decoder" if facts["model_type"] == "t5" else "decoder-only") != _word(option.architecture):
            raise ModelError(
                f"{name} is not {_word(option.architecture)}: "
                f"type model={_other(option.architecture)} model.path={name}"
            )
    else:
        facts, source = _own(option, name), "its own config.json"
    context = node.get("context_tokens") or next((facts[key] for key in CONTEXT_KEYS if facts.get(key)), None)
    known = Known(name, option.architecture, facts, source, context)
    _require_room(config, known)
    return known


def _word(architecture: Architecture) -> str:
    return "encoder-decoder" if architecture == "seq2seq" else "decoder-only"


def _other(architecture: Architecture) -> Architecture:
    return "causal" if architecture == "seq2seq" else "seq2seq"


def _own(option: Any, name: str) -> dict[str, Any]:
    pretrained = getattr(option, "pretrained", None) or option._pretrained()
    try:
        facts = pretrained.config().to_dict()
    except DoppelError as error:
        if Path(name).expanduser().exists():
            raise
        near = difflib.get_close_matches(name, shipped(), n=1, cutoff=0.0)
        raise ModelError(
            f"the architecture of {name} is not known here, and the hub does not tell ({error}). Give a folder with "
            f"its config.json, which is all that a plan needs: model.path=/folder; or a model of like size that ships "
            f"with doppel: model.path={near[0]}, or one of {', '.join(sorted(shipped()))}"
        ) from error
    return {key: value for key, value in facts.items() if key not in PER_LAYER}


def _require_room(config: dict[str, Any], known: Known) -> None:
    tokens = config["batches"]["max_tokens"] + config["adapter"].get("num_virtual_tokens", 0)
    if known.context_tokens is not None and tokens > known.context_tokens:
        virtual = config["adapter"].get("num_virtual_tokens", 0)
        raise ModelError(
            f"batches.max_tokens={config['batches']['max_tokens']} is more than the {known.context_tokens} tokens that "
            f"{known.name} can read{f', {virtual} of which are virtual ones' if virtual else ''}: "
            f"type batches.max_tokens={known.context_tokens - virtual} or less"
        )


def shapes(config: dict[str, Any], known: Known, layers: int | None = None) -> tuple[Any, list[tuple[str, Tensor]]]:
    """The model with its adapter on the meta device, and what lies beside quantised weights; of fewer layers, if told.

    Raises: ModelError.
    """
    import torch
    from transformers import AutoConfig
    from transformers.initialization import no_init_weights

    facts = dict(known.facts)
    if layers is not None:
        facts |= {key: layers for key in DEPTHS if key in facts}
    precision = build(config["precision"])
    loading = precision.loading()
    kind, has_own_head = facts.pop("model_type"), facts.get("tie_word_embeddings") is False
    if known.architecture == "seq2seq":
        facts["tie_word_embeddings"] = True  # transformers 5: False would part the encoder's embeddings, too
    with torch.device("meta"), no_init_weights():
        model: Any = LOADERS[known.architecture].from_config(
            AutoConfig.for_model(kind, **facts), dtype=loading["dtype"]
        )
    model.tie_weights()
    if has_own_head and known.architecture == "seq2seq":
        head = model.get_output_embeddings()
        head.weight = torch.nn.Parameter(torch.empty_like(head.weight))
    beside = quantise_shapes(model, loading)
    precision.settle(model)
    keep_own_head(model)
    with torch.device("meta"):
        return build(_as_shapes(config["adapter"])).apply(model, known.architecture, ()), beside


def _as_shapes(adapter: dict[str, Any]) -> dict[str, Any]:
    # PiSSA's matrices are as large as LoRA's of the rank; what they start from are values.
    if not adapter["_target_"].endswith(".PiSSA"):
        return adapter
    kept = {key: value for key, value in adapter.items() if key != "svd_iterations"}
    return kept | {"_target_": "doppel.adapter.lora.LoRA", "scaling": "rank", "is_decomposed": False}
