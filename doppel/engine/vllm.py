"""Replies by vLLM on a GPU: many conversations at once, from the base and the LoRA of a run or its merged model."""

from __future__ import annotations

import importlib
import json
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch
import yaml
from transformers import AutoConfig

from doppel.engine.voice import Voice
from doppel.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from doppel.engine.voice import TurnEncoder
    from doppel.generation.sampling import Sampling
    from doppel.types import Briefing, Fraction, PositiveInt

INSTALL = 'engine=vllm needs vLLM: type pip install "doppel[vllm]" on a machine with a GPU (or engine=transformers)'
NO_GPU = "engine=vllm needs a GPU and this machine shows none: type engine=llama_cpp or engine=transformers"
EVERY_TOKEN = -1  # top_k


class VllmEngine(Voice):
    """Speaks as anyone the model knows; vLLM draws, so that a seed gives other replies than elsewhere.

    Raises: ModelError without a GPU or the library, or for a run that must be merged first.
    """

    reads_run = True

    def __init__(
        self,
        run: Path,
        tokenizer: Any,
        encoder: TurnEncoder,
        *,
        batch_size: PositiveInt,
        memory_fraction: Fraction,
        dtype: Literal["auto", "bfloat16", "float16", "float32"],
    ) -> None:
        super().__init__(tokenizer, encoder, batch_size)
        if encoder.architecture != "causal":
            raise ModelError("engine=vllm is for decoder-only models: type engine=transformers")
        if not torch.cuda.is_available():
            raise ModelError(NO_GPU)
        self.vllm = imported()
        model, adapter, rank = weights_of(run)
        settings: dict[str, Any] = {
            "model": model,
            "tokenizer": str(adapter or model),
            "dtype": dtype,
            "max_num_seqs": batch_size,
            "gpu_memory_utilization": memory_fraction,
            "max_model_len": min(2 * encoder.max_tokens, AutoConfig.from_pretrained(model).max_position_embeddings),
            "enable_lora": adapter is not None,
        }
        if adapter is not None:
            settings["max_lora_rank"] = rank
        self.room = settings["max_model_len"]
        self.engine = self.vllm.LLMEngine.from_engine_args(self.vllm.EngineArgs(**settings))
        self.adapter = adapter and self.vllm.lora.request.LoRARequest("run", 1, str(adapter))
        self._numbers = count()

    def generate(
        self,
        prompts: Sequence[tuple[int, ...]],
        sampling: Sampling,
        seeds: Sequence[int],
        *,
        listener: Callable[[list[list[int]]], None],
        is_stopped: Callable[[int], bool],
        briefings: Sequence[Briefing | None] = (),  # noqa: ARG002 (its own draws cannot be kept from copying)
    ) -> list[list[int]]:
        """Generated tokens per prompt. Raises: ModelError."""
        said: list[list[int]] = [[] for _ in prompts]
        going: dict[str, int] = {}
        try:
            for row, prompt in enumerate(prompts):
                name = str(next(self._numbers))
                asked = {"prompt_token_ids": list(prompt)}
                params = self._params(sampling, seeds[row], len(prompt))
                self.engine.add_request(name, asked, params, lora_request=self.adapter)
                going[name] = row
            while going:
                for output in self.engine.step():
                    row = going.get(output.request_id)
                    if row is not None:
                        said[row] = list(output.outputs[0].token_ids)
                        if output.finished:
                            del going[output.request_id]
                listener([list(ids) for ids in said])
                self._end([name for name, row in going.items() if self._is_over(row, said[row], is_stopped)], going)
        finally:
            self._end(list(going), going)
        return said

    def _is_over(self, row: int, ids: list[int], is_stopped: Callable[[int], bool]) -> bool:
        return is_stopped(row) or self.ending.read(ids).is_ended

    def _end(self, names: list[str], going: dict[str, int]) -> None:
        if names:
            self.engine.abort_request(names)
        for name in names:
            del going[name]

    def _params(self, sampling: Sampling, seed: int, width: int) -> Any:
        """The same numbers in vLLM's words. Raises: ModelError where no room is left."""
        room = min(sampling.max_new_tokens, self.room - width)
        if room < 1:
            raise ModelError(f"the prompt has {width} tokens and the model reads {self.room}: no room is left to reply")
        return self.vllm.SamplingParams(
            temperature=float(sampling.temperature) if sampling.do_sample else 0.0,
            top_p=float(sampling.top_p) or 1e-6,  # vLLM wants it above 0
            top_k=sampling.top_k or EVERY_TOKEN,
            bad_words=sampling.banned or None,
            min_tokens=min(sampling.min_new_tokens, room),
            max_tokens=room,
            seed=seed,
            stop_token_ids=list(self.ending.ids),
            detokenize=False,
        )


def weights_of(run: Path) -> tuple[str, Path | None, int]:
    """The base or the whole model, the folder of the LoRA that goes onto it, and its rank.

    Raises: ModelError for a run that vLLM can only read merged.
    """
    for name in ("model", "merged"):
        if (run / name / "config.json").is_file():
            return str(run / name), None, 0
    file = run / "adapter" / "adapter_config.json"
    told = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    is_onto_others = yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8")).get("merged_adapters")
    odd = told.get("use_dora"), told.get("trainable_token_indices"), told.get("modules_to_save"), is_onto_others
    if told.get("peft_type") != "LORA" or any(odd):
        raise ModelError(f"vLLM reads plain LoRA and whole models only: type doppel merge {run} first")
    return told["base_model_name_or_path"], file.parent, told["r"]


def imported() -> Any:
    """The module vllm. Raises: ModelError where it is not installed."""
    try:
        importlib.import_module("vllm.lora.request")
        return importlib.import_module("vllm")
    except ImportError as error:
        raise ModelError(INSTALL) from error
