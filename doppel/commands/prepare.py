"""doppel prepare: stops after the samples and writes them for a person to read."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from doppel.commands.application import run_composed
from doppel.commands.data import Prepared, prepare_samples
from doppel.commands.show import PARTS, console, funnel_table, prepared_lines, readable
from doppel.config.machine import cpu_name, gpu_capabilities
from doppel.config.overrides import opt_in_words
from doppel.run.directory import RunDirectory, command_line, take, write_json, write_text, write_yaml
from doppel.run.manifest import code_diff, describe
from doppel.run.samples import fingerprint, write_samples

ROOT = "doppel.config.roots.Prepare"


def run(arguments: list[str]) -> int:
    """The exit status of `doppel prepare <arguments>`."""
    return run_composed("prepare", ROOT, arguments, prepare)


def prepare(config: dict[str, Any], overrides: list[str], opted_in: tuple[str, ...]) -> int:
    """0 when the samples are written; prints the funnel and where they are."""
    prepared = prepare_samples(config)
    directory = take(Path(config["outputs"]).expanduser().resolve() / "prepare")
    freeze(directory, config, overrides, ["doppel", "prepare", *overrides, *opt_in_words(opted_in)], prepared)
    for part in PARTS:
        samples = getattr(prepared.split, part)
        write_text(directory.path / f"{part}.md", "\n".join(readable(sample) for sample in samples))
    directory.set_status("finished")
    announce(prepared)
    console().print(f"samples to read: {directory.path / 'train.md'}", markup=False, soft_wrap=True)
    console().print(f"the same for machines: {directory.data_file('train')}", markup=False, soft_wrap=True)
    return 0


def freeze(
    run: RunDirectory, config: dict[str, Any], overrides: list[str], command: list[str], prepared: Prepared
) -> None:
    """Writes all that repeating the run needs: config, command, samples, and what it was made of."""
    write_yaml(run.config_file, config)
    write_yaml(run.path / "overrides.yaml", overrides)
    write_text(run.path / "command.txt", command_line(command))
    write_json(
        run.path / "funnel.json",
        {"counts": [asdict(count) for count in prepared.funnel.counts], "notes": prepared.funnel.notes},
    )
    for part in PARTS:
        write_samples(run.data_file(part), getattr(prepared.split, part))
    patch = code_diff()
    if patch:
        write_text(run.path / "code.diff", patch + "\n")
    write_json(
        run.manifest_file,
        describe_here()
        | {
            "data": data_facts(run, prepared),
            "persona": asdict(prepared.persona) | {"ids": sorted(prepared.persona.ids)},
        },
    )
    run.set_status("prepared")


def describe_here() -> dict[str, Any]:
    """The manifest of this code on this machine, before anything is built."""
    return describe(processor=cpu_name(), gpus=len(gpu_capabilities()))


def data_facts(run: RunDirectory, prepared: Prepared) -> dict[str, Any]:
    """Fingerprints and counts of what was read and of what came out."""
    speakers: Counter[str] = Counter()
    for sample in prepared.split.train:
        for turn in sample.turns:
            speakers[turn.speaker_name] += len(turn.messages)
    return {
        "inputs": dict(prepared.fingerprint),
        "samples": {part: len(getattr(prepared.split, part)) for part in PARTS},
        "sha256": {part: fingerprint(run.data_file(part)) for part in PARTS},
        "boundaries": [moment.isoformat() for moment in prepared.split.boundaries],
        "num_speakers": len(speakers),
    }


def announce(prepared: Prepared) -> None:
    """Prints the funnel and who is learnt."""
    screen = console()
    screen.print(funnel_table(prepared.funnel))
    for line in prepared_lines(prepared):
        screen.print(line, markup=False)
