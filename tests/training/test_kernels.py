import importlib.util
import sys
from types import ModuleType

import pytest
import torch

from doppel.errors import ModelError
from doppel.training.kernels import compile_layers, use_kernels
from tests.tiny_run import VOCABULARY, causal_model


def test_none_changes_nothing_and_a_missing_library_is_told() -> None:
    model = causal_model()
    use_kernels(model, "none")
    if importlib.util.find_spec("liger_kernel") is None:
        with pytest.raises(ModelError, match=r'not installed here: pip install "doppel\[kernels\]"'):
            use_kernels(model, "liger")


def test_liger_gets_the_base_and_leaves_the_loss_to_us(monkeypatch) -> None:
    given = []
    patch = ModuleType("liger_kernel.transformers.monkey_patch")
    patch.MODEL_TYPE_TO_APPLY_LIGER_FN = {"llama": None}
    patch._apply_liger_kernel_to_instance = lambda model, **options: given.append((model, options))
    for name in ("liger_kernel", "liger_kernel.transformers"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules["liger_kernel.transformers"].monkey_patch = patch
    monkeypatch.setattr("doppel.training.kernels.importlib.util.find_spec", lambda name: object())
    model = causal_model()
    use_kernels(model, "liger")
    assert given == [(model, {"fused_linear_cross_entropy": False, "cross_entropy": False})]
    model.config.model_type = "gpt2"
    with pytest.raises(ModelError, match="nothing for models of the kind gpt2; it knows llama"):
        use_kernels(model, "liger")


def test_layers_are_compiled_and_nothing_is_renamed(monkeypatch) -> None:
    compiled = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda self, **options: compiled.append((self, options)))
    model = causal_model()
    names = list(model.state_dict())
    compile_layers(model)
    assert compiled == [(layer, {"dynamic": True}) for layer in model.model.layers]
    assert list(model.state_dict()) == names


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # torch's own, of itself, while it compiles
def test_compiled_layers_say_the_same() -> None:
    model = causal_model()
    ids = torch.randint(3, VOCABULARY, (2, 9), generator=torch.Generator().manual_seed(0))
    expected = model(input_ids=ids, labels=ids, use_cache=False).loss
    expected_gradients = torch.autograd.grad(expected, list(model.parameters()))
    compile_layers(model)
    found = model(input_ids=ids, labels=ids, use_cache=False).loss
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=0)
    gradients = torch.autograd.grad(found, list(model.parameters()))
    torch.testing.assert_close(gradients, expected_gradients, rtol=1e-4, atol=1e-6)
