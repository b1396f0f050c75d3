"""doppel gguf RUN: one quantised file of what a run learnt, for llama.cpp, and a Modelfile for Ollama."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from doppel.commands.application import run_composed
from doppel.commands.merge import merge
from doppel.commands.show import console
from doppel.commands.speaking import Speaking, speaking
from doppel.config.build import build
from doppel.engine.cast import STRANGER, Cast, Known
from doppel.errors import ConfigError, RunError
from doppel.run.directory import RunDirectory, open_run, write_text
from doppel.types import Turn

ROOT = "doppel.config.roots.Gguf"


def run(arguments: list[str]) -> int:
    """0 when the file is written.

    Raises: ConfigError, RunError, ModelError.
    """
    if not arguments or arguments[0].startswith("-"):
        if arguments:
            return run_composed("gguf", ROOT, arguments, lambda *_: 0)
        raise ConfigError("doppel gguf needs a run first: doppel gguf outputs/train/NAME")
    directory = open_run(arguments[0])
    return run_composed("gguf", ROOT, arguments[1:], lambda config, _, opted_in: gguf(directory, config, opted_in))


def gguf(run_directory: RunDirectory, config: dict[str, Any], opted_in: tuple[str, ...]) -> int:
    """0 when the file and its Modelfile are written to the run's gguf/."""
    to_talk_to = speaking(run_directory, opted_in)
    if "seq2seq" in to_talk_to.trained["model"]["_target_"]:
        raise RunError("doppel gguf is for decoder-only models: llama.cpp and Ollama do not chat with this one")
    cast = Cast(to_talk_to.people)
    speaker = cast.persona if config["speaker"] is None else cast.known(config["speaker"])
    partner = STRANGER if config["partner"] is None else cast.known(config["partner"])
    whole = plain_model(run_directory, opted_in)

    from doppel.engine.llama_cpp import FOLDER, imported
    from doppel.portable.converting import convert

    llama = imported()
    learner = learner_of(to_talk_to)
    out = run_directory.path / FOLDER / f"model-{config['quantisation']}.gguf"
    options = {key: config[key] for key in ("quantisation", "threads", "converter")}
    is_same = convert(llama, whole, learner.tokenizer, out, **options)
    write_modelfile(out, learner, speaker, partner, config)
    screen = console()
    screen.print(f"GGUF, {out.stat().st_size / 1e6:.0f} MB: {out}", markup=False, soft_wrap=True)
    if not is_same:
        told = (
            "note: llama.cpp cuts some texts into other tokens; engine=llama_cpp gives it the run's own, Ollama cannot"
        )
        screen.print(told, markup=False, soft_wrap=True)
    screen.print(f"talk to it: doppel talk {run_directory.path} engine=llama_cpp", markup=False, soft_wrap=True)
    screen.print(f"or with Ollama: ollama create NAME -f {out.parent / 'Modelfile'}", markup=False, soft_wrap=True)
    return 0


def plain_model(run_directory: RunDirectory, opted_in: tuple[str, ...]) -> Path:
    """The folder of the run as a plain model, merged where it is not yet. Raises: RunError."""
    for name in ("model", "merged"):
        if (run_directory.path / name / "config.json").is_file():
            return run_directory.path / name
    merge(run_directory, {"out": None, "dtype": None}, opted_in)
    return run_directory.path / "merged"


def learner_of(to_talk_to: Speaking) -> Any:
    """The tokenizer and the markup of the run, as it was trained."""
    from doppel.commands.learner import Learner
    from doppel.commands.name_tokens import with_names

    return Learner(with_names(to_talk_to.trained, to_talk_to.run_directory.data_file("train")))


def write_modelfile(out: Path, learner: Any, speaker: Known, partner: Known, config: dict[str, Any]) -> None:
    """Writes the Modelfile beside the GGUF."""
    from doppel.portable.modelfile import MARK, modelfile

    user, persona = (
        Turn(who.speaker_id, who.name, (MARK,), who.is_persona, is_learnt=False) for who in (partner, speaker)
    )
    sampling, encoder = build(config["generation"]), learner.encoder
    text = modelfile(out.name, encoder.markup, user, persona, sampling, context=encoder.max_tokens)
    write_text(out.parent / "Modelfile", text)
