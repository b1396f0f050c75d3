"""litgpt's own code carried out on doppel's simulator, beside the peaks that litgpt has published of it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from plan_published import PUBLISHED, QUANTISED, SHARDED, Published
from torch.distributed.algorithms._checkpoint.checkpoint_wrapper import apply_activation_checkpointing

from doppel.plan.cuda import OPERATIONS, WORKSPACES, as_cuda
from doppel.plan.spread import BLOCK, Spread, gathered
from doppel.plan.trace import Storage, Trace
from doppel.plan.tracker import Tracker
from doppel.plan.values import Values
from doppel.precision.shape_only import four_bit_shapes

GB = 1e9
BEFORE_CONTEXT = 0.5 * 2**30  # bytes: what a run of litgpt leaves of a GPU to others


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
        optimizer = torch.optim.AdamW(trained)
        logits: list[Any] = []
        for _ in range(2):
            for _ in range(min(2, row.accumulate)):
                _litgpt_micro_step(model, row, tracker, logits)
            tracker.begin("step")
            optimizer.step()
            optimizer.zero_grad()
            state = (value for values in optimizer.state.values() for value in values.values())
            tracker.end_step(value for value in state if isinstance(value, torch.Tensor))
    if row.devices == 1:
        return tracker.trace.peak().size
    spread = Spread("fsdp", row.devices)

    def sized(storage: Storage) -> int:
        # While it accumulates, litgpt lets FSDP keep whole gradients (no_sync); AdamW works on shares of them.
        if storage.phase == "step" and storage.category == "temporaries":
            return 0
        is_whole = storage.category == "gradients" and row.accumulate > 1
        return storage.size if is_whole else spread.sized(storage)

    trace = tracker.trace
    return max(trace.peak(sized).size + gathered(trace) + _root(trace), trace.peak(spread.sized).size)


def _root(trace: Trace) -> int:
    """Bytes of what lies outside of blocks: FSDP1 makes one gradient of whole ones, which wait for each other."""
    weights = (one for one in trace.storages if one.category == "weights" and one.phase == "setup")
    return sum(one.size for one in weights if not BLOCK.match(one.module))


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


def _litgpt_micro_step(model: Any, row: Published, tracker: Tracker, held: list[Any]) -> None:
    """`held`: the logits, which litgpt's loop has until there are new ones, and by them the graph of their step."""
    from litgpt.utils import chunked_cross_entropy  # pyright: ignore[reportMissingImports]

    tracker.begin("forward")
    tokens = torch.ones((row.rows, row.tokens), dtype=torch.int64, device="meta")
    if row.rank:
        held[:] = model(tokens, lm_head_chunk_size=128)
        held[-1] = held[-1][..., :-1, :]
        loss = chunked_cross_entropy(held, tokens[..., 1:])
    else:
        held[:] = [model(tokens)]
        loss = chunked_cross_entropy(held[0][..., :-1, :], tokens[..., 1:])
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
