"""`doppel COMMAND [overrides]`: the way in. Nothing heavy is imported before a config has been found sound."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from types import FrameType

from doppel.errors import DoppelError

# Command -> what it does, one line each. The module doppel/commands/<command>.py holds `run(arguments) -> exit status`.
COMMANDS = {
    "train": "learn a persona from a chat export: doppel train source=telegram source.path=result.json",
    "prepare": "stop after the samples and write them for a person to read: doppel prepare source.path=...",
    "talk": "chat with what a run learnt: doppel talk outputs/train/NAME",
    "reproduce": "repeat a run and say whether every logged loss is equal: doppel reproduce outputs/train/NAME",
}
HIDDEN = ("worker",)
USAGE_STATUS = 2


def main() -> None:
    """Runs the command named on the command line and exits with its status."""
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(dispatch(sys.argv[1:]))


def dispatch(arguments: list[str]) -> int:
    """The exit status of a command line."""
    if "-sc" in arguments or "--shell-completion" in arguments:
        from doppel.commands.completion import complete

        return complete([word for word in arguments if word not in COMMANDS], tuple(COMMANDS))
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    if arguments[0] == "--version":
        from importlib.metadata import version

        print(version("doppel"))
        return 0
    command, rest = arguments[0], arguments[1:]
    if command not in (*COMMANDS, *HIDDEN):
        from doppel.config.nearest import nearest

        return complain(f"there is no command {command}{nearest(command, COMMANDS)}; doppel has: {', '.join(COMMANDS)}")
    try:
        return importlib.import_module(f"doppel.commands.{command}").run(rest)
    except DoppelError as error:
        return complain(str(error))
    except KeyboardInterrupt:
        return complain("interrupted", status=130)
    except BrokenPipeError:  # `doppel ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def usage() -> str:
    """How to use doppel, in a dozen lines."""
    width = max(len(name) for name in COMMANDS)
    lines = [f"  doppel {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    return "\n".join(
        [
            "doppel turns a chat history into a model that talks like its author.",
            "",
            *lines,
            "",
            "Everything is an override: model=tiny_causal adapter.rank=8 trainer.max_steps=40 experiment=NAME.",
            "doppel COMMAND --help lists the groups and every value; --cfg job shows the composed config;",
            '--multirun sweeps over a=1,2; `eval "$(doppel train --shell-completion install=bash)"` completes them.',
        ]
    )


def complain(text: str, *, status: int = USAGE_STATUS) -> int:
    """The exit status, after telling the user what is wrong."""
    from doppel.engine.plain import harmless

    print(f"doppel: {harmless(text)}", file=sys.stderr)
    return status


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
