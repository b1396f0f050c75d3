"""A run as one file that llama.cpp speaks from, with what the run's own engine would say."""

import shutil
from pathlib import Path

import pytest

from doppel.__main__ import dispatch
from doppel.commands.speaking import speaking
from doppel.config.build import build
from doppel.config.compose import compose
from doppel.run.directory import open_run
from doppel.types import Turn
from tests.driving import OWNER, OWNER_NAME

pytest.importorskip("llama_cpp", reason='llama.cpp is not installed: pip install "doppel[llama_cpp]"')
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")


@pytest.fixture(scope="module")
def run(finished_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = Path(shutil.copytree(finished_run, tmp_path_factory.mktemp("gguf") / "run"))
    assert dispatch(["gguf", str(copy), "quantisation=f32", "partner=anna", "generation.temperature=0.5"]) == 0
    return copy


def reply(run: Path, *words: str) -> tuple[str, ...]:
    config = compose("talk", ["generation.max_new_tokens=12", *words])[0]
    asked = (Turn("user2", "Anna", ("tea?",), is_persona=False, is_learnt=False),)
    speaker = Turn(OWNER, OWNER_NAME, (), is_persona=True, is_learnt=False)
    engine = speaking(open_run(str(run)), ()).engine(config["engine"])
    return engine.reply(asked, speaker, build(config["generation"]), seed=4).messages


def test_it_says_what_the_model_says(run: Path) -> None:
    assert [file.name for file in sorted((run / "gguf").iterdir())] == ["Modelfile", "model-f32.gguf"]
    assert (run / "merged" / "model.safetensors").is_file()
    said = reply(run, "engine=llama_cpp", "engine.threads=1")
    assert said == reply(run)
    assert said


def test_the_modelfile_is_of_the_two_who_are_named(run: Path) -> None:
    text = (run / "gguf" / "Modelfile").read_text(encoding="utf-8")
    assert "FROM ./model-f32.gguf" in text
    assert "<|im_start|>Anna\n>>> {{ .Content }}<|im_end|>" in text
    assert f"<|im_start|>{OWNER_NAME}\n{{{{ .Content }}}}<|im_end|>" in text
    assert 'PARAMETER stop "<|im_end|>"' in text
    assert "PARAMETER temperature 0.5" in text


def test_a_smaller_one_is_made_of_the_same_merged_model(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(["gguf", str(run), "quantisation=q8_0"]) == 0
    assert "model-q8_0.gguf" in capsys.readouterr().out
    sizes = {file.stem: file.stat().st_size for file in (run / "gguf").glob("*.gguf")}
    assert sizes["model-q8_0"] < 0.5 * sizes["model-f32"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "needs a run first"),
        (["nowhere"], "nowhere does not exist"),
        (["{run}", "quantisation=q1"], "quantisation"),
        (["{run}", "partner=Nobody"], "The model knows nobody called 'Nobody'"),
        (["{run}", "converter=nowhere.py"], "converter=nowhere.py is not there"),
    ],
)
def test_faults_are_told(run: Path, words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(["gguf", *(word.format(run=run) for word in words)]) == 2
    assert told in capsys.readouterr().err
