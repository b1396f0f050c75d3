"""doppel prepare: stops after the samples and writes them for a person to read."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from doppel.commands.application import run_composed
from doppel.commands.data import prepared_samples
from doppel.commands.measure import measure
from doppel.commands.prepared import PARTS, Prepared, sample_file
from doppel.commands.reminding import anchored_facts, keep_facts
from doppel.commands.reporting import token_lines, write_page
from doppel.commands.show import console, funnel_table, prepared_lines, readable, tally_lines
from doppel.config.build import build_all
from doppel.config.machine import cpu_name, gpu_capabilities
from doppel.config.overrides import opt_in_words
from doppel.errors import RunError
from doppel.report.counted import agreed, counted
from doppel.run.directory import RunDirectory, command_line, take, write_json, write_text, write_yaml
from doppel.run.manifest import code_diff, describe
from doppel.run.samples import each_sample

ROOT = "doppel.config.roots.Prepare"
READABLE_SAMPLES = 1000  # written out for a person; all of them are in data/


def run(arguments: list[str]) -> int:
    """The exit status of `doppel prepare <arguments>`."""
    return run_composed("prepare", ROOT, arguments, prepare)


def prepare(config: dict[str, Any], overrides: list[str], opted_in: tuple[str, ...]) -> int:
    """0 when the samples are written; prints the funnel and where they are."""
    config = anchored_facts(config)
    with prepared_samples(config) as (folder, prepared):
        directory = take(Path(config["outputs"]).expanduser().resolve() / "prepare")
        command = ["doppel", "prepare", *overrides, *opt_in_words(opted_in)]
        freeze(directory, config, overrides, command, folder, prepared)
    for part in PARTS:
        _write_readable(directory, part)
    measured = measure(directory, config)
    write_page(directory, prepared, measured)
    exported = _export(directory, config, prepared.sizes)
    directory.set_status("finished")
    screen = console(record=True)
    announce(prepared, screen)
    for line in [*token_lines(measured), *exported]:
        screen.print(line, markup=False, soft_wrap=True)
    write_text(directory.path / "report.txt", screen.export_text())
    for what, file in (("report", "report.html"), ("samples to read", "train.md"), ("for machines", "data")):
        console().print(f"{what}: {directory.path / file}", markup=False, soft_wrap=True)
    return 0


def _export(run: RunDirectory, config: dict[str, Any], sizes: Mapping[str, int]) -> list[str]:
    """Writes every wanted shape of every part that has samples; a line on each file, and on what each shape changes."""
    lines = []
    for name, shape in build_all(config["export"]).items():
        changes = Counter[str]()
        for part in (part for part in PARTS if sizes[part]):
            file = run.path / "export" / f"{part}{shape.suffix}"
            file.parent.mkdir(exist_ok=True)
            exported = shape(each_sample(run.data_file(part)), file)
            changes += exported.changes
            lines.append(f"exported: {counted(exported.samples, 'sample')} to {file}")
        lines += [agreed(f"exported: {name}: {number:,} samples {what}") for what, number in changes.items()]
        if config["export"][name].get("keeps_samples"):
            lines.append(
                f"exported: {name}: every sample is in it once more, with ids of people and messages and with times, "
                f"so that it can be read back: export.{name}.keeps_samples=false leaves those out"
            )
    return lines


def freeze(
    run: RunDirectory,
    config: dict[str, Any],
    overrides: list[str],
    command: list[str],
    folder: Path,
    prepared: Prepared,
) -> None:
    """Writes all that repeating the run needs: config, command, samples, and what it was made of."""
    write_yaml(run.config_file, config)
    write_yaml(run.path / "overrides.yaml", overrides)
    write_text(run.path / "command.txt", command_line(command))
    counts = [asdict(count) for count in prepared.counts]
    write_json(run.path / "funnel.json", {"counts": counts, "notes": prepared.notes, "tallies": prepared.tallies})
    write_json(run.path / "facts.json", prepared.facts)
    _copy_samples(folder, run)
    keep_facts(config, run)
    patch = code_diff()
    if patch:
        write_text(run.path / "code.diff", patch + "\n")
    personas = [{"name": persona.name, "ids": sorted(persona.ids)} for persona in prepared.personas]
    facts = {"data": data_facts(prepared), "personas": personas, "relationships": dict(prepared.relationships)}
    write_json(run.manifest_file, describe_here() | facts)
    run.set_status("prepared")


def _copy_samples(folder: Path, run: RunDirectory) -> None:
    try:
        run.data_file("train").parent.mkdir(exist_ok=True)
        for part in PARTS:
            shutil.copyfile(sample_file(folder, part), run.data_file(part))
    except OSError as error:
        raise RunError(
            f"{run.path} cannot be written: {error.strerror}; free some space or type outputs=..."
        ) from error


def _write_readable(run: RunDirectory, part: str) -> None:
    lines = []
    for number, sample in enumerate(each_sample(run.data_file(part))):
        if number == READABLE_SAMPLES:
            lines.append(f"These are the first {READABLE_SAMPLES:,}; all are in data/{part}.jsonl.\n")
            break
        lines.append(readable(sample))
    write_text(run.path / f"{part}.md", "\n".join(lines))


def describe_here() -> dict[str, Any]:
    """The manifest of this code on this machine, before anything is built."""
    return describe(processor=cpu_name(), gpus=len(gpu_capabilities()))


def data_facts(prepared: Prepared) -> dict[str, Any]:
    """Fingerprints and counts of what was read and of what came out."""
    return {
        "inputs": dict(prepared.inputs),
        "samples": dict(prepared.sizes),
        "sha256": dict(prepared.sha256),
        "boundaries": [moment.isoformat() for moment in prepared.boundaries],
    }


def announce(prepared: Prepared, screen: Console) -> None:
    """Prints the funnel and who is learnt."""
    screen.print(funnel_table(prepared.counts))
    for line in [*prepared_lines(prepared), *tally_lines(prepared)]:
        screen.print(line, markup=False)
