"""What llama.cpp reckons with a written file is what transformers reckons with the folder."""

import sys
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, GgufConfig

from doppel.engine.llama_cpp import LlamaCppEngine
from doppel.errors import ModelError
from doppel.model.byte_tokenizer import byte_tokenizer
from doppel.portable.converting import convert
from tests.engine.engine_fakes import FakeEncoder

TEXT = "hello, how are you?"
OPTIONS = {"quantisation": "f32", "threads": 1, "converter": None}


def scores_of(folder, **options):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **options).eval()
    with torch.no_grad():
        return model(torch.tensor([byte_tokenizer().encode(TEXT)])).logits[0, -1]


def llama_scores(file):
    settings = {"file": str(file), "batch_size": 1, "threads": 1, "gpu_layers": 0}
    tokenizer = byte_tokenizer()
    engine = LlamaCppEngine(file.parent, tokenizer, FakeEncoder(tokenizer, "causal", max_tokens=64), **settings)
    return engine._read(0, tuple(tokenizer.encode(TEXT)), lambda: False)[0]


@pytest.mark.parametrize("kind", ["llama", "mistral", "qwen2", "qwen3"])
@pytest.mark.parametrize("is_tied", [True, False])
def test_the_scores_are_those_of_transformers(llama, model_folder, tmp_path, kind, is_tied):
    folder, out = model_folder(kind, tie_word_embeddings=is_tied), tmp_path / "gguf" / "model.gguf"
    assert convert(llama, folder, byte_tokenizer(), out, **OPTIONS)
    own = scores_of(folder)
    assert own.std() > 0.1
    torch.testing.assert_close(llama_scores(out), own, atol=3e-3, rtol=0)  # llama.cpp keeps keys and values in 16 bits
    assert [file.name for file in out.parent.iterdir()] == ["model.gguf"]


def test_transformers_reads_it_back(llama, model_folder, tmp_path):
    folder, out = model_folder("llama", head_dim=16), tmp_path / "model.gguf"
    convert(llama, folder, byte_tokenizer(), out, **OPTIONS)
    back = scores_of(tmp_path, gguf_file=out.name, quantization_config=GgufConfig(dequantize=True))
    torch.testing.assert_close(back, scores_of(folder), atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("quantisation", "bits", "distance"), [("q8_0", 8.5, 0.03), ("q4_0", 4.5, 0.4), ("f16", 16, 0.01)]
)
def test_fewer_bits_are_a_smaller_file_and_nearly_the_same_scores(
    llama, model_folder, tmp_path, quantisation, bits, distance
):
    folder, whole, small = model_folder("llama"), tmp_path / "whole.gguf", tmp_path / "small.gguf"
    convert(llama, folder, byte_tokenizer(), whole, **OPTIONS)
    convert(llama, folder, byte_tokenizer(), small, **{**OPTIONS, "quantisation": quantisation})
    off = (llama_scores(small) - llama_scores(whole)).abs().max()
    assert 0 < off < distance
    assert small.stat().st_size < whole.stat().st_size * (bits / 32 + 0.2)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 10000.0}}, "positions are scaled"),
        ({"hidden_act": "gelu"}, "its activation is gelu"),
    ],
)
def test_what_is_not_plain_is_refused(llama, model_folder, tmp_path, changes, told):
    with pytest.raises(ModelError, match=f"{told}.*Type converter="):
        convert(llama, model_folder("llama", **changes), byte_tokenizer(), tmp_path / "model.gguf", **OPTIONS)
    assert list(tmp_path.iterdir()) == []


SCRIPT = """
import shutil, sys
assert sys.argv[2] == "--outfile" and sys.argv[4:] == ["--outtype", "auto"], sys.argv
print("cannot map tensor 'x'", file=sys.stderr) if {fails} else shutil.copy({source!r}, sys.argv[3])
sys.exit({fails})
"""


@pytest.mark.parametrize("fails", [0, 3])
def test_the_script_of_llama_cpp_is_run_where_it_is_named(llama, model_folder, tmp_path, fails):
    folder, whole, out = model_folder("llama"), tmp_path / "whole.gguf", tmp_path / "out" / "model.gguf"
    convert(llama, folder, byte_tokenizer(), whole, **OPTIONS)
    script = tmp_path / "convert_hf_to_gguf.py"
    script.write_text(SCRIPT.format(fails=fails, source=str(whole)), encoding="utf-8")
    options = {**OPTIONS, "converter": str(script), "quantisation": "q8_0"}
    if fails:
        with pytest.raises(ModelError, match=r"ended with status 3: cannot map tensor 'x'"):
            convert(llama, folder, byte_tokenizer(), out, **options)
    else:
        assert convert(llama, folder, byte_tokenizer(), out, **options)
        assert out.stat().st_size < whole.stat().st_size / 2


def test_a_script_that_is_not_there_is_named_with_where_to_get_it(llama, model_folder, tmp_path):
    options = {**OPTIONS, "converter": "nowhere.py"}
    with pytest.raises(ModelError, match=r"converter=nowhere.py is not there: .*github.com/ggml-org/llama.cpp"):
        convert(llama, Path(sys.prefix), byte_tokenizer(), tmp_path / "model.gguf", **options)
