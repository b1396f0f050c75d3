"""What benchmarks/training.py lets run: each one learns the same samples once, in a process and interpreter of its own.

Run by benchmarks/training.py as `python contestants.py NAME FOLDER`; prints one line of JSON.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import torch

NOT_LEARNT = -100
WARM_UP_STEPS = 1
Sample = dict[str, list[int]]  # input_ids, labels


class Clock:
    """Counts tokens and seconds after the first steps, whoever takes them."""

    def __init__(self) -> None:
        self.counts: list[tuple[int, int]] = []  # (real, learnt) tokens of each micro-batch, in the order of steps
        self.steps = 0
        self.start = self.end = self.cpu_start = self.cpu_end = 0.0

    def count(self, labels: torch.Tensor, real: int) -> None:
        """Notes what a micro-batch holds, when it is made."""
        self.counts.append((real, int((labels[:, 1:] != NOT_LEARNT).sum())))

    def tick(self) -> None:
        """Notes the end of a step."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.steps += 1
        self.end, self.cpu_end = time.perf_counter(), time.process_time()
        if self.steps == WARM_UP_STEPS:
            self.start, self.cpu_start = self.end, self.cpu_end

    def told(self, loss: Callable[[Sample], float], held_out: Sequence[Sample]) -> dict[str, float]:
        """Speed and memory so far; then the loss on held-out samples, in nats per learnt token."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
        if torch.cuda.is_available():
            peak = torch.cuda.max_memory_allocated() / 2**20
        timed = self.counts[WARM_UP_STEPS : self.steps]
        seconds, cpu_seconds = self.end - self.start, self.cpu_end - self.cpu_start
        learnt = sum(sum(label != NOT_LEARNT for label in sample["labels"][1:]) for sample in held_out)
        with torch.no_grad():
            total = sum(map(loss, held_out))
        return {
            "real_per_second": sum(real for real, _ in timed) / seconds,
            "learnt_per_second": sum(learnt for _, learnt in timed) / seconds,
            "real_per_cpu_second": sum(real for real, _ in timed) / cpu_seconds,
            "peak_mib": peak,
            "loss": total / learnt if learnt else float("nan"),
            "learnt_tokens": sum(learnt for _, learnt in self.counts[: self.steps]),
        }


class Task:
    """The folder that benchmarks/training.py has prepared: samples, model and settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings: dict[str, Any] = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
        self.train, self.held_out = self._samples("train"), self._samples("held_out")
        torch.manual_seed(0)

    def _samples(self, name: str) -> list[Sample]:
        with (self.folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def model(self) -> Any:
        """The base in bf16 or NF4, by transformers."""
        from transformers import AutoModelForCausalLM, BitsAndBytesConfig

        loading: dict[str, Any] = {"dtype": torch.bfloat16}
        if self.settings.get("is_nf4"):
            loading["quantization_config"] = BitsAndBytesConfig(
                load_in_4bit=True,
                bnb_4bit_quant_type="nf4",
                bnb_4bit_use_double_quant=True,
                bnb_4bit_compute_dtype=torch.bfloat16,
            )
        return AutoModelForCausalLM.from_pretrained(self.settings["model"], **loading)

    def lora(self) -> Any:
        """PEFT's config of the adapter that all train; None where every weight is trained."""
        from peft import LoraConfig

        if self.settings.get("is_full"):
            return None
        rank, alpha = self.settings["rank"], self.settings["alpha"]
        return LoraConfig(r=rank, lora_alpha=alpha, target_modules="all-linear", task_type="CAUSAL_LM")

    def told(self, clock: Clock, model: Any) -> dict[str, float]:
        """What the clock tells, with the loss of a transformers model."""

        def loss(sample: Sample) -> float:
            logits = model(input_ids=torch.tensor([sample["input_ids"]]), use_cache=False).logits[0, :-1]
            return nll(logits, sample)

        model.eval()
        return clock.told(loss, self.held_out)


def nll(logits: torch.Tensor, sample: Sample) -> float:
    """Nats of what is learnt in a sample, of the logits of all its tokens but the last."""
    labels = torch.tensor(sample["labels"][1:])
    return float(torch.nn.functional.cross_entropy(logits.float(), labels, reduction="sum"))


def packed_rows(task: Task) -> list[list[Sample]]:
    """The samples in doppel's own rows: the same packing for the bare loop."""
    from doppel.batches.packed import best_fit

    order = list(range(len(task.train)))
    random.Random(0).shuffle(order)
    rows = best_fit([len(sample["input_ids"]) for sample in task.train], order, task.settings["row_tokens"])
    random.Random(1).shuffle(rows)
    return [[task.train[index] for index in row] for row in rows]


def bare_packed(task: Task) -> dict[str, float]:
    """Nothing but PyTorch and transformers: packed rows, the model's own loss."""
    from peft import get_peft_model

    def batch(row: list[Sample]) -> dict[str, torch.Tensor]:
        ids = [token for sample in row for token in sample["input_ids"]]
        labels = [label for sample in row for label in (NOT_LEARNT, *sample["labels"][1:])]
        positions = torch.cat([torch.arange(len(sample["input_ids"])) for sample in row])
        return {
            "input_ids": torch.tensor([ids]),
            "labels": torch.tensor([labels]),
            "position_ids": positions[None],
        }

    return bare(task, get_peft_model(task.model(), task.lora()), map(batch, packed_rows(task)))


def bare(task: Task, model: Any, batches: Iterable[dict[str, torch.Tensor]]) -> dict[str, float]:
    """The loop itself."""
    trained = [parameter for parameter in model.train().parameters() if parameter.requires_grad]
    optimizer, clock = torch.optim.AdamW(trained, lr=task.settings["lr"], weight_decay=0.0), Clock()
    for batch in batches:
        clock.count(batch["labels"], batch["input_ids"].numel())
        model(**batch, use_cache=False).loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        clock.tick()
    return task.told(clock, model)


def doppel_packed(task: Task) -> dict[str, float]:
    """Doppel's module and loader, several samples in a row."""
    return _doppel(
        task, ["batches=packed", "batches.batch_size=1", f"batches.max_tokens={task.settings['row_tokens']}"]
    )


def doppel_bucketed(task: Task) -> dict[str, float]:
    """Doppel's module and loader as they come: one sample in a row, of similar length."""
    return _doppel(task, [f"batches.batch_size={task.settings['rows']}"])


def _doppel(task: Task, overrides: list[str]) -> dict[str, float]:
    from pytorch_lightning import Callback

    from doppel.commands.learner import Learner
    from doppel.config.build import build
    from doppel.config.compose import compose
    from doppel.training import noise
    from doppel.types import Tokens

    noise.silence()
    settings = [f"optimizer.lr={task.settings['lr']}"]
    if not task.settings.get("is_full"):
        settings += [f"adapter.{key}={task.settings[key]}" for key in ("rank", "alpha")]
    # adapter=qlora brings its own precision.
    fixed = ["schedule=constant", "trainer.max_epochs=1", *([] if task.settings.get("is_nf4") else ["precision=bf16"])]
    config, faults = compose("train", [*fixed, *task.settings["overrides"], *settings, *overrides])
    assert not faults, faults
    learner, clock = Learner(config), Clock()
    tokens = [
        Tokens(
            tuple(one["input_ids"]),
            tuple(label != NOT_LEARNT for label in one["labels"]),
            tuple(one.get("source_ids", ())),
            str(index),
        )
        for index, one in enumerate(task.train)
    ]
    loader = build(config["batches"])(
        tokens,
        architecture=learner.architecture,
        pad_id=learner.tokenizer.pad_token_id,
        seed=0,
        accumulate=1,
        world_size=1,
        rank=0,
        is_training=True,
    )
    optimizer, schedule = build(config["optimizer"]), build(config["schedule"])
    module = build(config["training"], learner.build_model, optimizer, schedule, learner.architecture, loader.num_steps)

    class Ticks(Callback):
        def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:  # noqa: ARG002
            mask = batch.get("attention_mask")
            real = batch["labels"].numel() if mask is None else int(mask.sum())
            if learner.architecture == "seq2seq":
                real += int((batch["labels"] != NOT_LEARNT).sum())
            clock.count(batch["labels"], real)
            clock.tick()

    build(
        config["trainer"],
        strategy=build(config["strategy"]),
        precision=build(config["precision"]).trainer,
        callbacks=[Ticks()],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
    ).fit(module, loader)
    return task.told(clock, module.model)


def trl_default(task: Task) -> dict[str, float]:
    """TRL's SFTTrainer as it comes."""
    return _trl(task, {})


def trl_padded(task: Task) -> dict[str, float]:
    """TRL without checkpointed activations, samples of similar length together."""
    rows = task.settings["rows"]
    options = {"per_device_train_batch_size": rows, "train_sampling_strategy": "group_by_length"}
    return _trl(task, {**_best(task), **options})


def trl_packed(task: Task) -> dict[str, float]:
    """TRL without checkpointed activations, with its packing."""
    options = {"packing": True, "max_length": task.settings["row_tokens"], "per_device_train_batch_size": 1}
    return _trl(task, {**_best(task), **options})


def _best(task: Task) -> dict[str, Any]:
    # Without autocast: the weights are in bf16 already, as doppel's are.
    return {"gradient_checkpointing": bool(task.settings.get("is_checkpointed")), "bf16": False}


def _trl(task: Task, options: dict[str, Any]) -> dict[str, float]:
    from datasets import Dataset  # pyright: ignore[reportMissingImports]
    from transformers import AutoTokenizer, TrainerCallback
    from trl import SFTConfig, SFTTrainer  # pyright: ignore[reportMissingImports]

    clock = Clock()

    class Ticks(TrainerCallback):
        def on_step_end(self, *_args: Any, **_options: Any) -> None:
            clock.tick()

    always = {"learning_rate": task.settings["lr"], "lr_scheduler_type": "constant", "num_train_epochs": 1}
    quiet = {"report_to": "none", "save_strategy": "no", "logging_strategy": "no", "disable_tqdm": True}
    trainer = SFTTrainer(
        model=task.model(),
        args=SFTConfig(
            output_dir=str(task.folder / "trl"), use_cpu=not torch.cuda.is_available(), **always, **quiet, **options
        ),
        train_dataset=Dataset.from_list(task.train),
        processing_class=AutoTokenizer.from_pretrained(task.settings["model"]),
        peft_config=task.lora(),
        callbacks=[Ticks()],
    )
    collate = trainer.data_collator

    def counted(rows: list[Any]) -> Any:
        batch = collate(rows)
        mask = batch.get("attention_mask")
        clock.count(batch["labels"], batch["labels"].numel() if mask is None else int(mask.sum()))
        return batch

    trainer.data_collator = counted
    trainer.train()
    return task.told(clock, trainer.model)


def litgpt(task: Task) -> dict[str, float]:
    """litgpt's LoRA model, collation, chunked loss and step, as its finetune/lora.py puts them together."""
    from litgpt.data.base import get_sft_collate_fn  # pyright: ignore[reportMissingImports]
    from litgpt.lora import GPT, Config, mark_only_lora_as_trainable  # pyright: ignore[reportMissingImports]
    from litgpt.scripts.convert_hf_checkpoint import copy_weights_hf_llama  # pyright: ignore[reportMissingImports]
    from litgpt.utils import chunked_cross_entropy  # pyright: ignore[reportMissingImports]
    from safetensors.torch import load_file

    everywhere = dict.fromkeys(("lora_query", "lora_key", "lora_value", "lora_projection", "lora_mlp"), True)
    ranks = {"lora_r": task.settings["rank"], "lora_alpha": task.settings["alpha"], "lora_dropout": 0.0}
    config = Config.from_name("SmolLM2-135M-Instruct", **ranks, **everywhere)
    weights: dict[str, torch.Tensor] = {}
    copy_weights_hf_llama(config, {}, weights, load_file(Path(task.settings["model"], "model.safetensors")))
    weights.setdefault("lm_head.weight", weights["transformer.wte.weight"])
    torch.set_default_dtype(torch.bfloat16)
    model = GPT(config)
    torch.set_default_dtype(torch.float32)
    missing = model.load_state_dict(weights, strict=False)
    assert not missing.unexpected_keys, missing.unexpected_keys
    assert all("lora_" in name for name in missing.missing_keys), missing.missing_keys
    mark_only_lora_as_trainable(model)
    collate = get_sft_collate_fn(max_seq_length=task.settings["row_tokens"])
    order = list(range(len(task.train)))
    random.Random(0).shuffle(order)
    rows, clock = task.settings["rows"], Clock()
    optimizer = torch.optim.AdamW(
        [one for one in model.parameters() if one.requires_grad], lr=task.settings["lr"], weight_decay=0.0
    )
    for start in range(0, len(order), rows):
        samples = [task.train[index] for index in order[start : start + rows]]
        count = {"raw": 0, "raw_plus_prompt_template": 0}
        batch = collate([{**{k: torch.tensor(v) for k, v in one.items()}, "token_counts": count} for one in samples])
        clock.count(batch["labels"], sum(len(one["input_ids"]) for one in samples))
        logits = model(batch["input_ids"], lm_head_chunk_size=128)
        logits[-1] = logits[-1][..., :-1, :]
        chunked_cross_entropy(logits, batch["labels"][..., 1:]).backward()
        optimizer.step()
        optimizer.zero_grad()
        clock.tick()
    model.eval()
    return clock.told(lambda sample: nll(model(torch.tensor([sample["input_ids"]]))[0, :-1], sample), task.held_out)


CONTESTANTS = {
    function.__name__: function
    for function in (doppel_packed, doppel_bucketed, bare_packed, trl_default, trl_padded, trl_packed, litgpt)
}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(CONTESTANTS[sys.argv[1]](Task(Path(sys.argv[2])))))
