"""doppel compare RUN ...: evaluated runs and their baselines, best first, and what is noise."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from rich.table import Table

from doppel.commands.application import paths_and_words, run_composed
from doppel.commands.show import console
from doppel.errors import ConfigError, RunError
from doppel.evaluation.comparison import Contender, Scores, Standing, ranked
from doppel.evaluation.comparison_plot import COSTS, draw_comparison
from doppel.evaluation.nouns import BASE, FEW_SHOT, RESULT, RETRIEVAL
from doppel.evaluation.page import named, written
from doppel.run.directory import RunDirectory, open_run, take, write_json, write_text
from doppel.run.metrics import read_metrics

ROOT = "doppel.config.roots.Compare"
USAGE = "doppel compare needs a run at least: doppel compare outputs/train/ONE outputs/train/OTHER"
COLUMNS = ("nats_per_token", "bits_per_character", "hits_at_1_others", "told_from_real_auc")
LIKE = ("part", "persona", "scored_replies", "generated_replies")
OF_TOKENS = ("nats_per_token", "perplexity")
Found = Mapping[str, Any]


def run(arguments: list[str]) -> int:
    """0 when the runs are compared. Raises: ConfigError, RunError."""
    paths, words = paths_and_words(arguments)
    if not paths:
        if words:
            return run_composed("compare", ROOT, words, lambda *_: 0)
        raise ConfigError(USAGE)
    runs = [open_run(path) for path in paths]
    return run_composed("compare", ROOT, words, lambda config, *_: compare(runs, config))


def compare(runs: Sequence[RunDirectory], config: dict[str, Any]) -> int:
    """0 when the table is printed, and comparison.json and comparison.png are written."""
    compared(runs, config["metric"], config["seed"], Path(config["outputs"]).expanduser().resolve() / "compare")
    return 0


def compared(runs: Sequence[RunDirectory], metric: str, seed: int, parent: Path) -> None:
    """Prints the table of runs and their baselines, best first, and writes it and its picture into a new folder.

    Raises: ConfigError, RunError for what does not compare.
    """
    found = [_evaluation(run) for run in runs]
    for other, run in zip(found[1:], runs[1:], strict=True):
        _refuse_unlike(runs[0], found[0], run, other)
    better = _better(found, metric)
    _refuse_other_tokens(found, metric)
    standings = ranked(_contenders(runs, found), metric, better, seed)
    if len(standings) < 2:
        raise RunError(
            f"{runs[0].path} has nothing beside it in {metric}: name another run, or evaluate it with baselines=[base]"
        )
    folder = take(parent).path
    write_json(folder / "comparison.json", {"metric": metric, "standings": [asdict(one) for one in standings]})
    write_text(folder / "comparison.md", _markdown(standings, metric, better))
    draw_comparison(folder / "comparison.png", standings, metric, better)
    _show(standings, metric, better)
    console().print(f"table and plot: {folder / 'comparison.md'}, comparison.png", markup=False, soft_wrap=True)


def _evaluation(run: RunDirectory) -> Found:
    file = run.path / "evaluation" / "evaluation.json"
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return {**found, "metrics": {**found["metrics"], **_guessed(run, found)}}
    except FileNotFoundError:
        raise RunError(f"{run.path} is not evaluated yet: doppel evaluate {shlex.quote(str(run.path))}") from None
    except (OSError, ValueError) as error:
        raise RunError(f"{file} is damaged ({error}): doppel evaluate {shlex.quote(str(run.path))}") from error


def _guessed(run: RunDirectory, found: Found) -> dict[str, Any]:
    """What people guessed about the same replies, as a metric beside the others. Raises: RunError."""
    file = run.path / "arena" / "against_real.json"
    if not file.is_file():
        return {}
    try:
        guessed = json.loads(file.read_text(encoding="utf-8"))
        is_same = all(guessed[key] == found[key] for key in ("part", "persona"))
        return {"arena": {"measures": guessed["measures"], "facts": {}}} if is_same else {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        again = f"doppel arena {shlex.quote(str(run.path))} serves=false"
        raise RunError(f"{file} is damaged ({error}): {again} writes it anew") from error


def _refuse_unlike(first: RunDirectory, one: Found, second: RunDirectory, other: Found) -> None:
    """Returns when both were asked the same. Raises: RunError that names the difference."""
    for key in LIKE:
        if one[key] != other[key]:
            raise RunError(
                f"{key.replace('_', ' ')} is {one[key]} in {first.path.name} and {other[key]} in {second.path.name}: "
                "evaluate them alike, with the same overrides"
            )
    part = one["part"]
    if one["data"].get(part) != other["data"].get(part):
        raise RunError(
            f"the {part} samples of {first.path.name} and {second.path.name} are not the same: numbers on other "
            "replies do not compare. Train both with the same source, filters, sessions, samples and split"
        )


def _refuse_other_tokens(found: Sequence[Found], metric: str) -> None:
    """Returns where all count the same tokens, or the metric counts none. Raises: ConfigError."""
    tokenizers = {of_run["model"].get("tokenizer_sha256") for of_run in found}
    if metric in OF_TOKENS and len(tokenizers) > 1:
        raise ConfigError(
            f"metric={metric} counts tokens, and these runs have {len(tokenizers)} tokenizers: what one of them calls "
            "a token another cuts in two. Type metric=bits_per_character"
        )


def _better(found: Sequence[Found], metric: str) -> str:
    known = {
        measure["name"]: measure["better"]
        for of_run in found
        for of_metric in of_run["metrics"].values()
        for measure in of_metric["measures"].values()
        if not measure["of"] and RESULT in measure["values"] and measure["better"] != "real"
    }
    if metric not in known:
        near = get_close_matches(metric, known, n=1)
        hint = f", did you mean {near[0]}?" if near else ""
        raise ConfigError(f"metric={metric} is in none of the evaluations{hint}; accepted: {', '.join(sorted(known))}")
    return known[metric]


def _contenders(runs: Sequence[RunDirectory], found: Sequence[Found]) -> list[Contender]:
    """The results of all runs, and the baselines of each base model once."""
    words = [_words(run) for run in runs]
    common = set.intersection(*map(set, words))
    contenders, seen = [], set()
    for run, of_run, own in zip(runs, found, words, strict=True):
        model = of_run["model"].get("config_sha256"), of_run["model"].get("source")
        for system in (BASE, FEW_SHOT, RETRIEVAL):
            values, of_model = _values(of_run, system), () if system == RETRIEVAL else model
            if values and (system, of_model) not in seen:
                seen.add((system, of_model))
                label = " ".join([system.replace("_", "-"), *map(str, of_model[1:])])
                contenders.append(Contender(label, values, _scores(of_run, system)))
        name = " ".join([run.path.name, *(word for word in own if word not in common)])
        minutes, peak = _cost(run)
        costs = {"minutes": minutes, "peak_mib": peak, "kept_mib": _kept(run)}
        contenders.append(Contender(name, _values(of_run, RESULT), _scores(of_run, RESULT), costs))
    return contenders


def _words(run: RunDirectory) -> list[str]:
    file = run.path / "overrides.yaml"
    words = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else []
    return [str(word) for word in words or [] if not str(word).startswith("outputs=")]


def _values(found: Found, system: str) -> dict[str, Mapping[str, Any]]:
    measures = [one for of_metric in found["metrics"].values() for one in of_metric["measures"].values()]
    return {named(one): one["values"][system] for one in measures if system in one["values"]}


def _scores(found: Found, system: str) -> Mapping[str, Scores]:
    """measure -> what the system got reply by reply: nats and tokens, or a share and 1."""
    facts = {name: of_metric.get("facts", {}) for name, of_metric in found["metrics"].items()}
    nats = facts.get("likelihood", {}).get("scores", {})
    shares = facts.get("preference", {}).get("by_moment", {})
    by_moment = {
        measure: [None if share is None else (share, 1) for share in of[system]]
        for measure, of in shares.items()
        if system in of
    }
    return by_moment | ({"nats_per_token": nats[system]} if system in nats else {})


def _cost(run: RunDirectory) -> tuple[float, float | None]:
    """(minutes from the start to the end of training, peak MiB where it was logged)."""
    manifest = run.manifest()
    end = manifest.get("trained_at", run.status()["at"])
    began, ended = (datetime.fromisoformat(at) for at in (manifest["created_at"], end))
    peaks = [row["train/peak_memory_mib"] for row in read_metrics(run.metrics_file) if "train/peak_memory_mib" in row]
    return round((ended - began).total_seconds() / 60, 1), max(peaks, default=None)


def _kept(run: RunDirectory) -> float:
    """MiB of the adapter or model."""
    files = [file for name in ("adapter", "model", "layers") for file in (run.path / name).glob("*.safetensors")]
    return round(sum(file.stat().st_size for file in files) / 2**20, 1)


def _rows(standings: Sequence[Standing], metric: str) -> tuple[list[str], list[list[str]]]:
    """The names of the columns, and the cells of each contender."""
    measures = list(dict.fromkeys((metric, *COLUMNS)))
    costs = list(dict.fromkeys(cost for standing in standings for cost in standing.contender.costs))
    rows = [
        [
            str(number),
            *(written(standing.contender.values.get(name)) for name in measures),
            _behind(standing),
            *("" if (cost := standing.contender.costs.get(name)) is None else f"{cost:,.1f}" for name in costs),
        ]
        for number, standing in enumerate(standings, start=1)
    ]
    names = ["run", *(name.replace("_", " ") for name in measures), "behind the best by"]
    return [*names, *(COSTS[name] for name in costs)], rows


def _told(standings: Sequence[Standing], metric: str, better: str) -> tuple[str, list[str]]:
    """What the table shows, and what stands below it."""
    lines = [f"{number}: {standing.contender.name}" for number, standing in enumerate(standings, start=1)]
    near = [str(number) for number, one in enumerate(standings, start=1) if one.is_noise]
    lead = f"but its lead over {', '.join(near)} may be noise" if near else "ahead of all others by more than noise"
    title = f"best {metric} first ({better} is better), 95 % intervals"
    return title, [*lines, f"best: {standings[0].contender.name}, {lead}"]


def _show(standings: Sequence[Standing], metric: str, better: str) -> None:
    (title, lines), (columns, rows) = _told(standings, metric, better), _rows(standings, metric)
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(*row)
    console().print(table)
    for line in lines:
        console().print(line, markup=False, soft_wrap=True)


def _markdown(standings: Sequence[Standing], metric: str, better: str) -> str:
    (title, lines), (columns, rows) = _told(standings, metric, better), _rows(standings, metric)
    table = ["| " + " | ".join(row) + " |" for row in (columns, ["---:"] * len(columns), *rows)]
    return "\n".join([f"# {title}", "", *table, "", *(f"- {line}" for line in lines), "", "![](comparison.png)", ""])


def _behind(standing: Standing) -> str:
    if standing.behind is None:
        return ""
    return f"{written(asdict(standing.behind))}{' (noise)' if standing.is_noise else ''}"
