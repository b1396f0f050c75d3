"""Adapters in turn: a plain model of one, another on top of it, and one that goes on; with names as tokens."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from doppel.__main__ import dispatch
from doppel.commands.earlier import adapter_folder, anchored_adapters
from doppel.commands.name_tokens import with_names
from doppel.errors import RunError
from doppel.run.directory import open_run
from tests.driving import OWNER_NAME, TINY, done, doppel, from_export, only_run

pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")
IDS = torch.tensor([[1, 5, 9, 2, 7, 8]])


@pytest.fixture
def own_run(finished_run: Path, tmp_path: Path) -> Path:
    """A finished run that may be changed."""
    return Path(shutil.copytree(finished_run, tmp_path / "run"))


def base_of(run: Path) -> str:
    return json.loads((run / "adapter" / "adapter_config.json").read_text())["base_model_name_or_path"]


def test_a_run_becomes_a_plain_model(own_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(["merge", str(own_run), f"out={tmp_path / 'one'}"]) == 0
    told = capsys.readouterr().out
    assert f"model, float32: {tmp_path / 'one'}" in told
    adapted = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(base_of(own_run)), own_run / "adapter"
    ).eval()
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / "one")
    with torch.no_grad():
        torch.testing.assert_close(merged(IDS).logits, adapted(IDS).logits, rtol=0, atol=1e-5)
    assert AutoTokenizer.from_pretrained(tmp_path / "one")("hi")["input_ids"] == [107, 108]
    assert "A full model of" in (tmp_path / "one" / "README.md").read_text(encoding="utf-8")
    assert dispatch(["merge", str(own_run), f"out={tmp_path / 'one'}"]) == 2
    assert "is there already: type another folder, out=..." in capsys.readouterr().err


def test_a_run_without_a_result_is_refused(own_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(own_run / "adapter")
    assert dispatch(["merge", str(own_run)]) == 2
    assert "has nothing to merge yet: it is finished" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "told"), [([], "needs a run first"), (["nowhere"], "nowhere does not exist")])
def test_what_is_no_run_is_refused(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(["merge", *words]) == 2
    assert told in capsys.readouterr().err


def test_an_earlier_adapter_is_named_by_its_run_or_folder(own_run: Path, tmp_path: Path) -> None:
    assert adapter_folder(str(own_run)) == own_run / "adapter"
    assert adapter_folder(str(own_run / "adapter")) == own_run / "adapter"
    found = anchored_adapters({"continue_from": str(own_run), "merged_adapters": [str(own_run)], "seed": 1})
    folder = str(own_run / "adapter")
    assert found == {"continue_from": folder, "merged_adapters": [folder], "seed": 1}
    with pytest.raises(RunError, match="nowhere does not exist"):
        adapter_folder(str(tmp_path / "nowhere"))
    shutil.rmtree(own_run / "adapter")
    with pytest.raises(RunError, match="has no adapter yet: it is finished"):
        adapter_folder(str(own_run))


def test_the_most_frequent_names_are_those_of_the_samples(finished_run: Path) -> None:
    samples = open_run(str(finished_run)).data_file("train")
    assert with_names({"name_tokens": 0}, samples) == {"name_tokens": []}
    names = with_names({"name_tokens": 3}, samples)["name_tokens"]
    assert set(names) == {OWNER_NAME, "Anna", "Boris"}
    assert with_names({"name_tokens": 1}, samples) == {"name_tokens": names[:1]}
    assert with_names({"name_tokens": [" Anna\nB ", "", "Anna B"]}, samples) == {"name_tokens": ["Anna B"]}


@pytest.mark.slow
@pytest.mark.parametrize("model", ["tiny_causal", "tiny_seq2seq"])
def test_adapters_in_turn(tiny_export: Path, tmp_path: Path, model: str) -> None:
    words = [*TINY, *from_export(tiny_export), f"model={model}", "trainer.max_steps=2", "validation_samples=4"]

    def train(name: str, *more: object) -> Path:
        (tmp_path / name).mkdir()
        done("train", *words, *more, cwd=tmp_path / name)
        return only_run(tmp_path / name)

    first = train("first", "name_tokens=2")
    assert OWNER_NAME in (first / "adapter" / "tokenizer.json").read_text(encoding="utf-8")
    assert OWNER_NAME in done("talk", first, "seed=1", cwd=tmp_path, typed="hi\n")
    done("merge", first, cwd=tmp_path)
    kind = model.removeprefix("tiny_")
    train("on_top", f"model={kind}", f"model.path={first / 'merged'}", "model.context_tokens=null")
    train("further", f"continue_from={first}", "name_tokens=2")
    plain = train("plain")
    stacked = train("stacked", f"merged_adapters=[{plain}]", "adapter=ia3")
    done("talk", stacked, "seed=1", cwd=tmp_path, typed="hi\n")
    for refused, told in [
        ([f"continue_from={plain}", "adapter.rank=3"], "adapter.rank is 3 here and 16 there"),
        ([f"merged_adapters=[{first}]"], "has tokens of its own"),
    ]:
        status, _, complaints = doppel("train", *words, *refused, cwd=tmp_path)
        assert status == 2
        assert told in complaints
