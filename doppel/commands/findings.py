"""What an evaluation found, as data, as a page and as a short table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from doppel.commands.evidence import Evidence
from doppel.commands.show import console
from doppel.engine.plain import harmless
from doppel.evaluation.nouns import BASE, FEW_SHOT, OTHERS, REAL, RESULT, RETRIEVAL, Burst, Finding
from doppel.evaluation.page import Example, named, page, written
from doppel.evaluation.statistics import evenly
from doppel.run.directory import RunDirectory, write_json, write_text

COLUMNS = {
    RESULT: "result",
    BASE: "base",
    FEW_SHOT: "few-shot",
    RETRIEVAL: "retrieval",
    REAL: "the person",
    OTHERS: "others",
}
SHOWN_EXAMPLES, SHOWN_TURNS = 20, 3


def content_of(
    run: RunDirectory,
    config: dict[str, Any],
    evidence: Evidence,
    findings: Mapping[str, Finding],
    left_out: Mapping[str, str],
    *,
    seconds: float,
) -> dict[str, Any]:
    """All that was found as plain data; names of contacts become numbers unless they are wanted."""
    manifest, material = run.manifest(), evidence.material
    names = {} if config["shows_others"] else _numbered(evidence)
    return {
        "run": run.path.name,
        "persona": evidence.persona.name,
        "part": evidence.part,
        "held_out_replies": evidence.all_held_out,
        "scored_replies": len(material.held_out),
        "generated_replies": len(material.asked),
        "model": _model(manifest.get("model", {})),
        "kept_step": manifest.get("kept_step"),
        "data": manifest.get("data", {}).get("sha256", {}),
        "config": config,
        "doppel": manifest["packages"]["doppel"],
        "seconds": round(seconds, 1),
        "gate": _gate([finding.facts["gate"] for finding in findings.values() if "gate" in finding.facts]),
        "metrics": {name: _plain(finding, names) for name, finding in findings.items()},
        "left_out": dict(left_out),
    }


def _gate(gates: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The adapter is shareable where no metric objects; None where none was asked."""
    failed = [gate for gate in gates if not gate["shareable"]]
    reasons = [reason for gate in failed or gates for reason in gate["because"]]
    return {"shareable": not failed, "because": reasons} if gates else None


def _model(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts without the folder that the model lies in: that is of this machine."""
    return {**facts, "source": Path(str(facts.get("source", "unknown"))).name}


def _numbered(evidence: Evidence) -> dict[str, str]:
    moments = evidence.material.held_out
    names = dict.fromkeys(f"to {moment.contact_name}" for moment in moments)
    return {name: f"to contact {number}" for number, name in enumerate(names, start=1)}


def _plain(finding: Finding, names: Mapping[str, str]) -> dict[str, Any]:
    measures: dict[str, Any] = {}
    for measure in finding.measures:
        of = names.get(measure.of, measure.of)
        measures[f"{measure.name}, {of}" if of else measure.name] = {**asdict(measure), "of": of}
    return {"measures": measures, "notes": list(finding.notes), "facts": dict(finding.facts)}


def write(
    run: RunDirectory, content: dict[str, Any], evidence: Evidence, replies: Mapping[str, Sequence[Burst]]
) -> None:
    """Writes evaluation.json and report.html. Raises: RunError."""
    folder = run.path / "evaluation"
    write_json(folder / "evaluation.json", content)
    places = evenly(range(len(evidence.material.asked)), SHOWN_EXAMPLES)
    examples = [
        Example(
            [(turn.speaker_name, turn.messages) for turn in evidence.material.asked[place].turns[-SHOWN_TURNS:]],
            {
                REAL: evidence.material.asked[place].reply.messages,
                **{name: of[place] for name, of in replies.items() if of},
            },
        )
        for place in places
    ]
    write_text(folder / "report.html", page(content, examples if any(replies.values()) else []))


def _cell(number: Mapping[str, Any] | None, system: str) -> str:
    """The number, for models with its interval."""
    if number is not None and system in (REAL, OTHERS):
        number = {**number, "low": None}
    return written(number)


def show(run: RunDirectory, content: dict[str, Any]) -> None:
    """Prints the numbers that matter most, the gate, and where the rest is."""
    screen = console()
    shown = [one for of in content["metrics"].values() for one in of["measures"].values() if one["is_shown"]]
    systems = [name for name in COLUMNS if any(name in one["values"] for one in shown)]
    table = Table(title=f"is it {harmless(content['persona'])}?", title_justify="left", title_style="bold")
    table.add_column("with 95 % intervals", no_wrap=True)
    for name in systems:
        table.add_column(COLUMNS[name], justify="right", no_wrap=True)
    for one in shown:
        table.add_row(named(one), *(_cell(one["values"].get(name), name) for name in systems))
    screen.print(table)
    for name, reason in content["left_out"].items():
        screen.print(f"left out: {name}: {reason}", markup=False)
    if content["gate"]:
        answer = "yes" if content["gate"]["shareable"] else "no"
        screen.print(f"adapter shareable: {answer}, because {'; '.join(content['gate']['because'])}", markup=False)
    screen.print(f"report: {run.path / 'evaluation' / 'report.html'}", markup=False, soft_wrap=True)
