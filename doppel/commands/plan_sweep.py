"""`doppel plan ... --multirun`: one table and one picture of every config on every GPU, cost against time."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from rich.table import Table
from rich.text import Text

from doppel.commands.plan_changes import ROOT
from doppel.commands.plan_report import HOUR, OnGpu, Planned, planned_run
from doppel.commands.show import console
from doppel.config.check import check
from doppel.config.compose import plain
from doppel.errors import DoppelError, RunError
from doppel.plan.picture import Point, draw
from doppel.run.directory import write_json, write_text

ROWS_FILE = "plan.json"
GIB = 2**30
POSITIONS = 1_000_000  # where the data were not looked at, the price of so many is told, with padding
COLUMNS = ("gpu", "devices", "verdict", "GiB", "largest batch_size", "seconds a step", "hours", "dollars", "reason")
STATUS = {"fits": 0, "tight": 3, "does not": 4, "refused": 4}
Row = dict[str, Any]


def plan_trial(config: DictConfig, overrides: list[str], opted_in: tuple[str, ...], number: int) -> float | None:
    """Dollars of the cheapest GPU that it fits, in the middle of their range, None where there is none."""
    from doppel.commands.plan import places_of

    folder = Path(HydraConfig.get().sweep.dir).expanduser().resolve() / str(number)
    console().print(f"plan {number}: {' '.join(overrides)}", markup=False, soft_wrap=True)
    try:
        values = plain(config)
        check(values, ROOT, opted_in=opted_in, is_learning_here=False)
        planned = planned_run({**values, "changes": "never"}, places_of(values)[0])
        rows = [_row(overrides, planned, one) for one in planned.outcomes]
    except DoppelError as error:
        rows = [{"overrides": overrides, "verdict": "refused", "reason": str(error)}]
        console().print(f"refused: {error}", markup=False)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / ROWS_FILE, rows)
    costs = [sum(row["dollars"]) / 2 for row in rows if row["verdict"] == "fits"]
    return min(costs, default=None)


def _row(overrides: list[str], planned: Planned, one: OnGpu) -> Row:
    devices = planned.steps.spread.devices
    of_step = planned.size.positions * planned.steps.accumulate * devices
    seconds = one.run_seconds or [each * POSITIONS / of_step for each in one.step_seconds]
    return {
        "overrides": overrides,
        "gpu": one.name,
        "devices": devices,
        "verdict": one.verdict,
        "GiB": planned.step.reserved / GIB,
        "largest batch_size": one.largest_rows,
        "seconds a step": list(one.step_seconds),
        "hours": [each / HOUR for each in seconds],
        "dollars": [each / HOUR * one.dollars_an_hour for each in seconds],
        "of": "the run" if one.run_seconds else "a million positions",
    }


class SweepReport(Callback):
    """Ends every sweep of plans with a table and a picture."""

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """Prints the table; exits with the status of the best of all, 0 where one fits."""
        sweep = Path(config.hydra.sweep.dir).expanduser().resolve()
        rows = report(sweep)
        raise SystemExit(min(STATUS[row["verdict"]] for row in rows))


def report(sweep: Path) -> list[Row]:
    """The rows of all plans, the cheapest first; written as plans.csv, plans.md and plans.png, and printed.

    Raises: RunError where there are none.
    """
    files = sorted(sweep.glob(f"*/{ROWS_FILE}"), key=lambda file: int(file.parent.name))
    rows: list[Row] = [row for file in files for row in json.loads(file.read_text(encoding="utf-8"))]
    if not rows:
        raise RunError(f"{sweep} holds no plans: none was made")
    varied = _varied(rows)
    rows.sort(key=lambda row: (STATUS[row["verdict"]], sum(row.get("dollars", [0.0]))))
    of = next((row["of"] for row in rows if "of" in row), "the run")
    header = [*varied, *(f"{name} of {of}" if name in ("hours", "dollars") else name for name in COLUMNS)]
    cells = [[*(_values(row).get(key, "") for key in varied), *(_cell(row, name) for name in COLUMNS)] for row in rows]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *cells])
    write_text(sweep / "plans.csv", text.getvalue())
    lines = ["| " + " | ".join(each.replace("|", "/").replace("\n", " ") for each in row) + " |" for row in cells]
    head = ["# Plans, the cheapest first", "", f"| {' | '.join(header)} |", "|" + " --- |" * len(header)]
    write_text(sweep / "plans.md", "\n".join([*head, *lines, "", "![Cost against time](plans.png)", ""]))
    draw(sweep / "plans.png", [_point(row, varied) for row in rows if row["verdict"] in ("fits", "tight")], of)
    _tell(header, cells, sweep)
    return rows


def _tell(header: list[str], cells: list[list[str]], sweep: Path) -> None:
    shown = [place for place in range(len(header)) if any(row[place] for row in cells)]
    table = Table(title="plans, the cheapest first", title_justify="left")
    for place in shown:
        table.add_column(Text(header[place]), overflow="fold")
    for row in cells:
        table.add_row(*(Text(row[place]) for place in shown))
    console().print(table)
    console().print(f"table and picture: {sweep / 'plans.md'}, plans.csv, plans.png", markup=False, soft_wrap=True)


def _values(row: Row) -> dict[str, str]:
    return {key: value for key, _, value in (override.partition("=") for override in row["overrides"])}


def _varied(rows: list[Row]) -> list[str]:
    known = list(map(_values, rows))
    keys = dict.fromkeys(key for values in known for key in values)
    return [key for key in keys if len({values.get(key) for values in known}) > 1 and key != "gpus"]


def _cell(row: Row, name: str) -> str:
    value = row.get(name, "")
    if isinstance(value, list):
        return f"{value[0]:.2g} - {value[1]:.2g}"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _point(row: Row, varied: list[str]) -> Point:
    values = _values(row)
    about = " ".join(f"{key.rpartition('.')[2]}={values[key]}" for key in varied if key in values)
    return Point(row["gpu"], about, tuple(row["hours"]), tuple(row["dollars"]), is_sure=row["verdict"] == "fits")
