"""doppel arena RUN [RUN2|base|few_shot|real]: people guess, blind, which reply is real or more like the person."""

from __future__ import annotations

import importlib.util
import logging
import shlex
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from doppel.arena.game import Game
from doppel.arena.nouns import REAL
from doppel.arena.page import page_files
from doppel.arena.schema import APPLICATION_ID, MIGRATIONS
from doppel.arena.store import Store
from doppel.commands.application import paths_and_words, run_composed
from doppel.commands.arena_replies import Rival, fingerprint, made, rival_of
from doppel.commands.arena_results import show, write
from doppel.commands.frozen import frozen_config
from doppel.commands.resume import refuse_changed_data
from doppel.commands.serve import LIBRARIES, log_to_console
from doppel.commands.show import console
from doppel.commands.systems import require_result
from doppel.config.build import build
from doppel.errors import ConfigError, RunError
from doppel.memory.database import open_database
from doppel.memory.schema import Tables
from doppel.run.directory import RunDirectory, open_run
from doppel.serving.address import bound, url
from doppel.serving.arena import Arena

ROOT = "doppel.config.roots.Arena"
TABLES = Tables(APPLICATION_ID, MIGRATIONS, "arena_file")
USAGE = "doppel arena needs a run first: doppel arena outputs/train/NAME [outputs/train/OTHER|base|few_shot|real]"


def run(arguments: list[str]) -> int:
    """0 when the page has been closed.

    Raises: ConfigError, RunError, ModelError.
    """
    paths, words = paths_and_words(arguments)
    if not paths and words:
        return run_composed("arena", ROOT, words, lambda *_: 0)
    if not 1 <= len(paths) <= 2:
        raise ConfigError(f"{USAGE}; given are {', '.join(paths)}" if paths else USAGE)
    directory, rival = open_run(paths[0]), rival_of(paths[1] if len(paths) > 1 else REAL)
    return run_composed("arena", ROOT, words, lambda config, _, opted_in: arena(directory, rival, config, opted_in))


def arena(run_directory: RunDirectory, rival: Rival, config: dict[str, Any], opted_in: tuple[str, ...]) -> int:
    """0 when the page has been closed, and what was guessed is written. Raises: ConfigError, RunError, ModelError."""
    settings: Arena = build(config["serving"])
    if not isinstance(settings, Arena):
        raise ConfigError("doppel arena shows its own page: leave serving= out, or type serving=arena")
    if missing := [name for name in LIBRARIES if config["serves"] and importlib.util.find_spec(name) is None]:
        raise ConfigError(f'doppel arena needs {" and ".join(missing)}: type pip install "doppel[serve]"')
    given = config["arena_file"]
    file = Path(given).expanduser() if given else run_directory.path / "arena" / "guesses.sqlite3"
    if not config["serves"]:
        return _tell(run_directory, rival, config, file)
    trained = frozen_config(run_directory, opted_in)
    refuse_changed_data(run_directory)
    require_result(run_directory, trained)
    with bound(settings.host, settings.port, "serving") as listener, closing(open_database(file, TABLES)) as connection:
        store, key = Store(connection), fingerprint(run_directory, rival, config)
        game_id = store.find(key)
        if game_id is None:
            about, pairs = made(run_directory, rival, trained, config, opted_in)
            game_id = store.add(key, about, pairs)
            _tell_other_guesses(store, game_id, file)
        game = Game(store, game_id)
        try:
            _serve(game, settings, listener, config)
        finally:
            write(run_directory, game, rival)
        show(run_directory, game, rival)
    return 0


def _tell(run_directory: RunDirectory, rival: Rival, config: dict[str, Any], file: Path) -> int:
    """0 when what was guessed so far is told and written. Raises: RunError."""
    nothing = RunError(
        f"{run_directory.path} has no guesses against {rival.name} with these settings: type "
        f"doppel arena {shlex.quote(str(run_directory.path))} {rival.typed} first, with the same overrides"
    )
    if not file.is_file():
        raise nothing
    with closing(open_database(file, TABLES)) as connection:
        store = Store(connection)
        game_id = store.find(fingerprint(run_directory, rival, config))
        if game_id is None:
            raise nothing
        game = Game(store, game_id)
        write(run_directory, game, rival)
        show(run_directory, game, rival)
    return 0


def _tell_other_guesses(store: Store, game_id: int, file: Path) -> None:
    if number := store.other_guesses(game_id):
        told = f"note: {number} guesses of {file} are about other replies: against others, or with other settings"
        console().print(told, markup=False, soft_wrap=True)


def _serve(game: Game, settings: Arena, listener: Any, config: dict[str, Any]) -> None:
    from doppel.serving.arena_api import make_app
    from doppel.serving.server import serve

    whose = "with the names of contacts" if config["shows_names"] else "whose names are left out"
    told = (
        f"note: the page shows {game.about()['moments']} moments, in each up to {config['context_turns']} turns of "
        f"what was said before, by other people too ({whose}; names inside messages stay): let only those guess who "
        "may read it"
    )
    console().print(told, markup=False, soft_wrap=True)
    log_to_console("doppel.serving")
    logging.getLogger("doppel.serving").setLevel(logging.WARNING)  # a line a guess would say nothing

    def ready() -> None:
        place = url(settings.host, listener.getsockname()[1])
        with_key = "; it asks for the key" if settings.limits().key else ""
        console().print(f"ready at {place}{with_key}\nCtrl-C ends it, and tells how it stands", markup=False)
        sys.stdout.flush()  # for whoever waits for it at the other end of a pipe

    serve(make_app(game, settings, page_files()), settings, listener, ready)
