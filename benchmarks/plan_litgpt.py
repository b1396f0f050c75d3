"""litgpt's own code carried out on doppel's simulator, beside the peaks that litgpt has published of it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.distributed.algorithms._checkpoint.checkpoint_wrapper import apply_activation_checkpointing

from doppel.plan.cuda import OPERATIONS, WORKSPACES, as_cuda
from doppel.plan.spread import Spread, gathered
from doppel.plan.trace import Storage
from doppel.plan.tracker import Tracker
from doppel.plan.values import Values
from doppel.precision.shape_only import four_bit_shapes

GB = 1e9
BEFORE_CONTEXT = 0.5 * 2**30  # bytes: what a run of litgpt leaves of a GPU to others
SOME, ALL = ("query", "value"), ("query", "key", "value", "projection", "mlp", "head")


@dataclass(frozen=True, slots=True)
class Published:
    """A row of a table of litgpt: LoRA where it has a rank, else all weights; in bf16 or over NF4; FSDP over GPUs."""

    model: str
    rows: int
    tokens: int
    reference: float | None  # GB; None: out of memory
    gpu_gb: float
    rank: int = 0
    beside: tuple[str, ...] = SOME
    accumulate: int = 8
    is_nf4: bool = False
    devices: int = 1


A10G, A100 = 23.8, 42.3
PUBLISHED = (  # config_hub/finetune/README.md (A10G, 512 tokens), then tutorials/resource-tables.md (A100 40 GB)
    Published("falcon-7b", 1, 512, 16.69, A10G, 32),
    Published("gemma-2b", 2, 512, 12.62, A10G, 8, ALL),
    Published("Llama-2-7b-hf", 2, 512, 19.77, A10G, 32),
    Published("Llama-3-8B", 1, 512, 19.73, A10G, 32),
    Published("Mistral-7B-v0.1", 2, 512, 20.66, A10G, 32),
    Published("phi-2", 4, 512, 13.98, A10G, 8, ALL),
    Published("Phi-3-mini-4k-instruct", 4, 512, 19.75, A10G, 8, ALL),
    Published("stablelm-base-alpha-3b", 1, 512, 8.58, A10G, 32),
    Published("tiny-llama-1.1b", 8, 512, 13.50, A10G, 32, ALL, 1),
    Published("tiny-llama-1.1b", 4, 512, 14.10, A10G),
    Published("phi-1_5", 1, 1044, 4.82, A100, 8),
    Published("phi-1_5", 2, 1044, 6.76, A100, 8),
    Published("phi-1_5", 4, 1044, 10.68, A100, 8),
    Published("stablelm-base-alpha-3b", 1, 1034, 9.69, A100, 8),
    Published("stablelm-base-alpha-3b", 2, 1034, 12.10, A100, 8),
    Published("stablelm-base-alpha-3b", 4, 1034, 16.92, A100, 8),
    Published("Llama-2-7b-hf", 1, 1304, 21.30, A100, 8),
    Published("Llama-2-7b-hf", 2, 1304, 29.07, A100, 8),
    Published("Llama-2-7b-hf", 4, 1304, None, A100, 8),
    Published("Llama-2-13b-hf", 1, 1304, 38.12, A100, 8),
    Published("Llama-2-13b-hf", 2, 1304, None, A100, 8),
    Published("gemma-7b", 1, 512, None, A10G, 8, ALL),
)
QUANTISED = (  # config_hub/finetune/README.md and each model's qlora.yaml
    Published("falcon-7b", 1, 512, 9.44, A10G, 32, is_nf4=True),
    Published("gemma-2b", 2, 512, 11.58, A10G, 16, ALL, 3, is_nf4=True),
    Published("gemma-7b", 1, 512, 17.18, A10G, 16, ALL, 6, is_nf4=True),
    Published("Llama-2-7b-hf", 2, 512, 13.68, A10G, 32, SOME, 4, is_nf4=True),
    Published("Llama-3-8B", 2, 512, 17.41, A10G, 32, SOME, 4, is_nf4=True),
    Published("Mistral-7B-v0.1", 2, 512, 14.29, A10G, 32, SOME, 4, is_nf4=True),
    Published("phi-2", 4, 512, 14.27, A10G, 8, ALL, 2, is_nf4=True),
    Published("Phi-3-mini-4k-instruct", 4, 512, 19.13, A10G, 8, ALL, 2, is_nf4=True),
    Published("stablelm-base-alpha-3b", 1, 512, 5.24, A10G, 32, is_nf4=True),
    Published("tiny-llama-1.1b", 8, 512, 16.24, A10G, 32, ALL, 1, is_nf4=True),
)


SHARDED = (  # config_hub/finetune/README.md and each model's full.yaml: FSDP, checkpointed blocks
    Published("phi-2", 4, 512, 14.44, A10G, accumulate=1, devices=2),
    Published("stablelm-base-alpha-3b", 1, 512, 21.23, A10G, accumulate=4, devices=2),
    Published("gemma-2b", 1, 512, 17.43, A10G, accumulate=4, devices=4),
)


def litgpt_peak(row: Published, *, keeps_inputs: bool = False) -> float:
    """Bytes at the peak of litgpt's own training step.

    `keeps_inputs`: as bitsandbytes 0.42 did, which litgpt asks for: its 4-bit product kept its input until the backward
    (`ctx.tensors`), where later versions keep the weight alone; and it made the weight in the dtype that it was
    quantised from, fp16 by Lightning's plugin, and from that the one to multiply with.
    """
    workspaces = {**WORKSPACES, "gemm_4bit": _twice} if keeps_inputs else WORKSPACES
    tracker = Tracker("meta", Values(row.rows * (row.tokens - 1)), workspaces, OPERATIONS)
    model = _litgpt_model(row)
    beside = _quantise(model, keeps_inputs=keeps_inputs) if row.is_nf4 else []
    with as_cuda(casts=False), tracker:
        tracker.meet(model, beside)
        trained = [weights for weights in model.parameters() if weights.requires_grad]
        optimizer = torch.optim.AdamW(trained, fused=True)
        for _ in range(2):
            for _ in range(min(2, row.accumulate)):
                _litgpt_micro_step(model, row, tracker)
            tracker.begin("step")
            optimizer.step()
            optimizer.zero_grad()
            state = (value for values in optimizer.state.values() for value in values.values())
            tracker.end_step(value for value in state if isinstance(value, torch.Tensor))
    if row.devices == 1:
        return tracker.trace.peak().size
    spread = Spread("fsdp", row.devices)

    def sized(storage: Storage) -> int:
        # While it accumulates, litgpt lets FSDP keep whole gradients (no_sync).
        is_whole = storage.category == "gradients" and row.accumulate > 1
        return storage.size if is_whole else spread.sized(storage)

    return tracker.trace.peak(sized).size + gathered(tracker.trace)


def _quantise(model: Any, *, keeps_inputs: bool) -> list[tuple[str, Any]]:
    """Puts bitsandbytes' layers in the place of all linear ones, as Lightning's plugin does for litgpt."""
    from bitsandbytes.nn.modules import Linear4bit

    found = []
    for name, module in list(model.named_modules()):
        if type(module) is not torch.nn.Linear:
            continue
        has_bias = module.bias is not None
        made = Linear4bit(
            module.in_features,
            module.out_features,
            has_bias,
            torch.bfloat16,
            compress_statistics=False,
            quant_type="nf4",
            device="meta",
        )
        if has_bias:
            made.bias = torch.nn.Parameter(torch.empty_like(module.bias), requires_grad=module.bias.requires_grad)
        found += [(name, tensor) for tensor in four_bit_shapes(made, torch.float16)]
        if keeps_inputs:
            made.register_forward_hook(_keep_input)
        parent, _, last = name.rpartition(".")
        setattr(model.get_submodule(parent), last, made)
    return found


def _twice(args: tuple[Any, ...], out: Any) -> int:
    return 2 * WORKSPACES["gemm_4bit"](args, out)


def _keep_input(_module: Any, inputs: tuple[Any, ...], output: Any) -> None:
    if output.grad_fn is not None and inputs[0].requires_grad:
        output.grad_fn.metadata["input"] = inputs[0]  # as long as the node lives, like an attribute of its context


def _litgpt_model(row: Published) -> Any:
    from litgpt import lora  # pyright: ignore[reportMissingImports]
    from litgpt import model as litgpt_model  # pyright: ignore[reportMissingImports]

    adapted = {"lora_r": row.rank, "lora_alpha": 16, "lora_dropout": 0.05} | {
        f"lora_{name}": True for name in row.beside
    }
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device("meta"):
            if not row.rank:
                model = litgpt_model.GPT(litgpt_model.Config.from_name(row.model))
            else:
                model = lora.GPT(lora.Config.from_name(row.model, **adapted))
                lora.mark_only_lora_as_trainable(model)
            model.max_seq_length = row.tokens
    finally:
        torch.set_default_dtype(before)
    if row.devices > 1:
        apply_activation_checkpointing(model, check_fn=lambda module: isinstance(module, litgpt_model.Block))
    return model.train()


def _litgpt_micro_step(model: Any, row: Published, tracker: Tracker) -> None:
    from litgpt.utils import chunked_cross_entropy  # pyright: ignore[reportMissingImports]

    tracker.begin("forward")
    tokens = torch.ones((row.rows, row.tokens), dtype=torch.int64, device="meta")
    logits = model(tokens, lm_head_chunk_size=128)
    logits[-1] = logits[-1][..., :-1, :]
    loss = chunked_cross_entropy(logits, tokens[..., 1:])
    del logits
    tracker.begin("backward")
    (loss / row.accumulate).backward()


def litgpt_table() -> list[str]:
    """A line for each published row of bf16 on one GPU, then the errors together."""
    return _table(PUBLISHED)


def sharded_table() -> list[str]:
    """The same over several GPUs, by the closed form that plans have for FSDP."""
    return _table(SHARDED)


def _table(rows: Sequence[Published]) -> list[str]:
    outcomes = [_outcome(row, litgpt_peak(row)) for row in rows]
    return [HEAD, "| --- | --- | ---: | ---: | ---: | --- |", *(one.line for one in outcomes), "", _together(outcomes)]


def quantised_table() -> list[str]:
    """A line for each published row over NF4: as bitsandbytes was then, and as it is."""
    lines = [f"{HEAD} with today's bitsandbytes GB |", "| --- | --- | ---: | ---: | ---: | --- | ---: |"]
    outcomes = [_outcome(row, litgpt_peak(row, keeps_inputs=True)) for row in QUANTISED]
    now = [litgpt_peak(row) / GB for row in QUANTISED]
    lines += [f"{one.line} {peak:.2f} |" for one, peak in zip(outcomes, now, strict=True)]
    return [*lines, "", _together(outcomes)]


HEAD = "| litgpt | micro-batch | published GB | foreseen GB | error | fits, foreseen |"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A row beside its simulation."""

    line: str
    error: float | None
    is_right: bool


def _outcome(row: Published, peak: float) -> Outcome:
    foreseen = peak / GB
    fits = foreseen + BEFORE_CONTEXT / GB <= row.gpu_gb
    is_right = fits == (row.reference is not None)
    error = None if row.reference is None else foreseen / row.reference - 1
    kind = f"{'QLoRA' if row.is_nf4 else 'LoRA'} {row.rank}" if row.rank else "full"
    published = "out of memory" if row.reference is None else f"{row.reference:.2f}"
    verdict = f"{'yes' if fits else 'no'}{'' if is_right else ', wrong'}"
    told = "" if error is None else f"{error:+.1%}"
    kind += f", {row.devices} GPUs" if row.devices > 1 else ""
    line = f"| {row.model}, {kind} | {row.rows} x {row.tokens} | {published} | {foreseen:.2f} | {told} | {verdict} |"
    return Outcome(line, error, is_right)


def _together(outcomes: list[Outcome]) -> str:
    errors = [one.error for one in outcomes if one.error is not None]
    right = sum(one.is_right for one in outcomes)
    return (
        f"{len(errors)} peaks: median error {statistics.median(errors):+.1%} (of the sizes of errors "
        f"{statistics.median(map(abs, errors)):.1%}), worst {max(errors, key=abs):+.1%}; "
        f"fits or not: right in {right} of {len(outcomes)}."
    )
