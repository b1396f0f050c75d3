"""How an arena stands, as a short table and as data that doppel compare reads."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from doppel.arena.game import Game
from doppel.arena.nouns import REAL
from doppel.commands.arena_replies import Rival
from doppel.commands.show import console
from doppel.engine.plain import harmless
from doppel.evaluation.nouns import RESULT
from doppel.evaluation.page import written
from doppel.run.directory import RunDirectory, write_json

FOOLED = "fooled_guesses"
SAYS = "how often people took the model's reply for the person's own; 0.5 is a perfect clone"


def write(run: RunDirectory, game: Game, rival: Rival) -> None:
    """Writes RUN/arena/against_RIVAL.json: counts, shares and guesses, no text of a chat. Raises: RunError."""
    found = game.export()
    write_json(run.path / "arena" / f"against_{rival.name}.json", {**found, "measures": _measures(found)})


def _measures(found: dict[str, Any]) -> dict[str, Any]:
    """What `doppel compare metric=fooled_guesses` reads, in the form of evaluation.json."""
    if not found["overall"] or found["rival"] != REAL:
        return {}
    measure = {"name": FOOLED, "values": {RESULT: found["overall"]["share"]}, "unit": "", "better": "higher"}
    return {FOOLED: {**measure, "says": SAYS, "of": "", "band": None, "is_shown": True}}


def show(run: RunDirectory, game: Game, rival: Rival) -> None:
    """Prints the shares, what they say, and where the rest is."""
    found, screen = game.results(), console()
    if found["overall"]:
        what = "took the model's reply for real" if found["is_about_real"] else f"chose {found['run']}"
        table = Table(title=f"is it {harmless(found['persona'])}?", title_justify="left", title_style="bold")
        for column in ("judge", "guesses", f"{what}, 95 % interval", "chose A", "seconds a guess"):
            table.add_column(column, justify="left" if column == "judge" else "right")
        for name, of in [*found["judges"].items(), ("all", found["overall"])]:
            left = "" if of["chose_left"] is None else f"{of['chose_left']:.2f}"
            seconds = f"{of['median_seconds']:.1f}"
            table.add_row(harmless(name), str(of["guesses"]), written(of["share"]), left, seconds)
        screen.print(table)
    if found["identical"]:
        screen.print(f"{found['identical']} moments were not asked: both replies were the same", markup=False)
    screen.print(found["verdict"], markup=False, soft_wrap=True)
    screen.print(f"guesses: {run.path / 'arena' / f'against_{rival.name}.json'}", markup=False, soft_wrap=True)
