import pytest

from doppel.config.targets import is_allowed


@pytest.mark.parametrize(
    ("target", "opted_in", "allowed"),
    [
        ("doppel.adapter.lora.LoRA", (), True),
        ("torch.optim.AdamW", (), True),
        ("pytorch_lightning.Trainer", (), True),
        ("pytorch_lightning.TrainerOfMine", (), False),
        ("pytorch_lightning.utilities.upgrade_checkpoint.main", (), False),
        ("transformers.dynamic_module_utils.get_class_from_dynamic_module", (), False),
        ("peft.utils.save_and_load.torch_load", (), False),
        ("deepspeed.launcher.runner.main", (), False),
        ("torch.load", (), False),
        ("torch.optimistic.Thing", (), False),
        ("mine.Thing", (), False),
        ("mine.Thing", ("mine",), True),
        ("mine2.Thing", ("mine",), False),
    ],
)
def test_code_comes_from_listed_packages_only(target: str, opted_in: tuple[str, ...], *, allowed: bool) -> None:
    assert is_allowed(target, opted_in) is allowed
