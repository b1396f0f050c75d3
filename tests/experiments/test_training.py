"""The known systems as whole experiments: what each is at its real size, and that it runs to the end in small."""

from pathlib import Path
from typing import Any

import pytest
from transformers import LlamaTokenizerFast

from doppel.commands.frozen import ROOT
from doppel.config.check import check
from doppel.config.compose import compose
from doppel.model.facts import hashed
from tests.driving import done, from_export, only_run, state
from tests.experiments.test_ai_friend import DAILY_DIALOG, EMPATHETIC
from tests.model.real_models import tiny_dolly, tiny_fred, tiny_mistral, tiny_yandex

SYSTEMS = (
    "ai_friend",
    "devops_dude",
    "digital_copy",
    "doppelganger_full",
    "doppelganger_lora",
    "user_simulation",
)
SHORT = [
    "trainer.max_steps=2",
    "trainer.max_epochs=1",
    "trainer.accumulate_grad_batches=1",
    "batches.batch_size=2",
    "generation.max_new_tokens=4",
    "generation.min_new_tokens=1",
    "schedule.num_warmup_steps=1",
    "compared_replies=1",
    "first_samples=1",
    "validation_samples=4",
    "split=none",
    "~callbacks.progress",
]


def real_size(name: str) -> dict[str, Any]:
    config, faults = compose("train", [f"experiment={name}"])
    assert faults == []
    return config


def given(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: given(value) for key, value in node.items()}
    return "given" if node == "???" else node


@pytest.mark.parametrize("name", SYSTEMS)
def test_each_passes_the_check_at_its_real_size(name: str) -> None:
    check(given(real_size(name)), ROOT, is_learning_here=False)


def told(config: dict[str, Any]) -> dict[str, Any]:
    """What the research on the five systems has a number for."""
    trainer, adapter, optimizer = config["trainer"], config["adapter"], config["optimizer"]
    return {
        "model": config["model"]["path"],
        "learn": config["samples"]["learn"],
        "quantization": config["precision"]["quantization"],
        "adapter": [adapter.get(key) for key in ("rank", "alpha", "dropout", "targets")],
        "optimizer": [optimizer["_target_"].rpartition(".")[2], optimizer["lr"], optimizer["weight_decay"]],
        "schedule": config["schedule"]["name"],
        "batch": [config["batches"]["batch_size"], trainer["accumulate_grad_batches"], trainer["devices"]],
        "tokens": config["batches"]["max_tokens"],
        "epochs": trainer["max_epochs"],
        "clip": trainer["gradient_clip_val"],
    }


def test_digital_copy_is_what_its_notebook_says() -> None:
    assert told(real_size("digital_copy")) == {
        "model": "ai-forever/FRED-T5-1.7B",
        "learn": "persona",
        "quantization": "int8",
        "adapter": [16, 32, 0.05, ["q", "v"]],
        "optimizer": ["Adafactor", 1e-3, 0.0],
        "schedule": "constant_with_warmup",
        "batch": [6, 8, 1],
        "tokens": 712,
        "epochs": 1,
        "clip": 1.0,
    }
    assert real_size("digital_copy")["seed"] == 42


def test_doppelganger_is_what_its_scripts_say() -> None:
    lora, full = told(real_size("doppelganger_lora")), told(real_size("doppelganger_full"))
    assert lora == {
        "model": "cognitivecomputations/dolphin-2.2.1-mistral-7b",
        "learn": "everyone",
        "quantization": "nf4",
        "adapter": [32, 16, 0.05, ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj"]],
        "optimizer": ["PagedAdamW8bit", 2e-4, 0.001],
        "schedule": "cosine",
        "batch": [8, 2, 1],
        "tokens": 1024,
        "epochs": 3,
        "clip": 0.3,
    }
    assert full == lora | {
        "model": "mistralai/Mistral-7B-v0.1",
        "quantization": None,
        "adapter": [None] * 4,
        "optimizer": ["AdamW", 2e-5, 0.0],
        "batch": [2, 4, 8],
        "clip": 1.0,
    }
    assert real_size("doppelganger_full")["precision"]["weights"] == "bfloat16"
    assert real_size("doppelganger_lora")["training"]["gradient_checkpointing"]


def test_ai_friend_is_what_its_notebook_says() -> None:
    config = real_size("ai_friend")
    assert told(config) == {
        "model": "databricks/dolly-v2-3b",
        "learn": "everyone",
        "quantization": None,
        "adapter": [16, 32, 0.05, ["query_key_value"]],
        "optimizer": ["AdamW", 4e-5, 0.0],
        "schedule": "linear",
        "batch": [8, 4, 1],
        "tokens": 1024,
        "epochs": 2,
        "clip": 1.0,
    }
    assert (config["precision"]["weights"], config["precision"]["trainer"]) == ("float32", "16-mixed")
    assert config["schedule"]["num_warmup_steps"] == 20
    assert config["trainer"]["val_check_interval"] == 50 * config["trainer"]["accumulate_grad_batches"]


def test_user_simulation_and_devops_dude_are_what_is_told_of_them() -> None:
    simulation, dude = told(real_size("user_simulation")), told(real_size("devops_dude"))
    assert simulation["model"] == "yandex/YandexGPT-5-Lite-8B-pretrain"
    assert simulation["quantization"] in ("nf4", "nf4_double")
    assert simulation["adapter"][3] == ["q_proj", "k_proj", "v_proj"]
    assert (simulation["epochs"], simulation["batch"][2], simulation["learn"]) == (2, 2, "persona")
    assert dude["model"] == "SiberiaSoft/SiberianPersonaFred"
    assert dude["adapter"] == [32, 32, 0.05, ["q", "v"]]
    assert not real_size("devops_dude")["generation"]["do_sample"]


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("digital_copy", {"temperature": 0.8, "top_k": 50, "top_p": 0.75, "max_new_tokens": 50}),
        (
            "ai_friend",
            {"temperature": 0.7, "top_k": 100, "top_p": 0.9, "repetition_penalty": 1.1, "max_new_tokens": 100},
        ),
        ("devops_dude", {"do_sample": False, "max_new_tokens": 1024}),
    ],
)
def test_each_talks_with_its_own_settings(name: str, numbers: dict[str, Any]) -> None:
    assert real_size(name)["generation"] | numbers == real_size(name)["generation"]


def trained(cwd: Path, name: str, model: Path, *overrides: str) -> Path:
    """The run of an experiment on a tiny model of its architecture; the first samples are in it."""
    done("train", f"experiment={name}", f"model.path={model}", *SHORT, *overrides, cwd=cwd)
    run = only_run(cwd)
    assert state(run) == "finished"
    return run


def first_samples(run: Path) -> str:
    return (run / "first_samples.txt").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    made.mkdir()
    return made


def test_digital_copy_runs_to_the_end(shared_data: Path, tiny_export: Path, folder: Path, tmp_path: Path) -> None:
    run = trained(tmp_path, "digital_copy", tiny_fred(shared_data, folder), *from_export(tiny_export))
    text = first_samples(run)
    assert "<SC1>Тебя зовут Никита. Ты общаешься со своим другом" in text
    assert " Твой ответ: <extra_id_0>\u27e6<extra_id_0>" in text
    assert text.rstrip().endswith("</s>\u27e7")
    assert hashed(run / "adapter" / "adapter_model.safetensors")


def test_doppelganger_lora_runs_to_the_end(shared_data: Path, tiny_export: Path, folder: Path, tmp_path: Path) -> None:
    late = "filters.dates.relative_to=2023-12-31"
    run = trained(tmp_path, "doppelganger_lora", tiny_mistral(shared_data, folder), *from_export(tiny_export), late)
    assert "<s><|im_start|>" in first_samples(run)
    assert (run / "adapter" / "adapter_config.json").is_file()


@pytest.mark.slow
def test_doppelganger_full_runs_to_the_end(shared_data: Path, tiny_export: Path, folder: Path, tmp_path: Path) -> None:
    late = ["filters.dates.relative_to=2023-12-31", "trainer.devices=2", "result=last"]
    run = trained(tmp_path, "doppelganger_full", tiny_mistral(shared_data, folder), *from_export(tiny_export), *late)
    assert (run / "model" / "model.safetensors").is_file()
    tokenizer = LlamaTokenizerFast.from_pretrained(run / "model")
    assert tokenizer.convert_tokens_to_ids(["<|im_start|>", "<|im_end|>"]) == [32000, 32001]


@pytest.mark.slow
@pytest.mark.parametrize("markup", ["instruction_output", "template"])
def test_user_simulation_runs_to_the_end(markup: str, tiny_export: Path, folder: Path, tmp_path: Path) -> None:
    run = trained(tmp_path, "user_simulation", tiny_yandex(folder), *from_export(tiny_export), f"markup={markup}")
    asked = "Output:\u27e6 " if markup == "instruction_output" else " Ассистент:[SEP]\u27e6"
    assert asked in first_samples(run)


@pytest.mark.slow
def test_ai_friend_runs_to_the_end(folder: Path, tmp_path: Path) -> None:
    daily = tmp_path / "daily"
    daily.mkdir()
    (daily / "dialogues_train.txt").write_text("\n".join(DAILY_DIALOG))
    (daily / "dialogues_emotion_train.txt").write_text("\n".join(DAILY_DIALOG.values()))
    (tmp_path / "train.csv").write_text(EMPATHETIC)
    data = [f"source.sources.daily_dialog.path={daily}", f"source.sources.empathetic.path={tmp_path / 'train.csv'}"]
    run = trained(tmp_path, "ai_friend", tiny_dolly(folder), *data, "precision=fp32")  # fp16 needs a GPU
    assert "### Response:\nPerson:\u27e6 " in first_samples(run)


@pytest.mark.slow
def test_devops_dude_runs_to_the_end(shared_data: Path, folder: Path, tmp_path: Path) -> None:
    data = f"source.path={shared_data / 'devops_reply' / 'devops-reply-v2.jsonl'}"
    run = trained(tmp_path, "devops_dude", tiny_fred(shared_data, folder), data)
    text = first_samples(run)
    assert "<SC6>Ты парень, программист." in text
    assert "Ты:<extra_id_0>\u27e6<extra_id_0>" in text
