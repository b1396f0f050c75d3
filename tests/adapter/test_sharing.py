"""Which saved adapters leave their base as it is, and how they lie beside each other."""

import json
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model

from doppel.adapter.peft_adapter import loaded, without_peft_warnings
from doppel.adapter.sharing import is_shareable, load_beside
from doppel.errors import ModelError
from tests.tiny_run import causal_model

IDS = torch.arange(8)[None]


def saved(folder: Path, seed: int) -> Path:
    base = causal_model()
    torch.manual_seed(seed)
    with without_peft_warnings():
        model = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", init_lora_weights=False))
    model.save_pretrained(folder)
    return folder


def test_each_speaks_as_it_does_alone(tmp_path: Path) -> None:
    folders = [saved(tmp_path / name, seed) for seed, name in enumerate(("one", "two"))]
    alone = [loaded(causal_model(), folder)(IDS).logits for folder in folders]
    assert not torch.equal(*alone)
    model = loaded(causal_model(), folders[0])
    names = [model.active_adapter, load_beside(model, folders[1])]
    for at in (1, 0, 1):
        model.set_adapter(names[at], inference_mode=True)
        assert torch.equal(model(IDS).logits, alone[at])
        assert not any(one.requires_grad for one in model.parameters())


@pytest.mark.parametrize(
    "change",
    [{"bias": "all"}, {"peft_type": "IA3"}, {"modules_to_save": ["lm_head"]}, {"trainable_token_indices": [1]}],
)
def test_what_changes_the_base_is_not_shared(change: dict, tmp_path: Path) -> None:
    folder = saved(tmp_path / "one", 0)
    assert is_shareable(folder)
    file = folder / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    assert not is_shareable(folder)
    assert not is_shareable(tmp_path / "nothing")


def test_an_adapter_of_another_base_is_told(tmp_path: Path) -> None:
    model, other = loaded(causal_model(), saved(tmp_path / "one", 0)), saved(tmp_path / "two", 1)
    (other / "adapter_model.safetensors").write_bytes(b"words")
    with pytest.raises(ModelError, match="Serve it alone"):
        load_beside(model, other)
