"""Shell completion: Hydra completes groups and keys, doppel its commands."""

from __future__ import annotations

import os

from doppel.commands.application import call_hydra

TAKES_RUN_FIRST = ("talk", "serve", "bot", "web", "evaluate", "arena", "merge", "reproduce")


def complete(arguments: list[str], commands: tuple[str, ...]) -> int:
    """0 after printing what can follow the line in COMP_LINE, or the script that asks for it."""
    if any(word.partition("=")[0] in ("install", "uninstall") for word in arguments):
        call_hydra(commands[0], arguments, lambda _config: None, program="doppel")
        return 0
    words = os.environ.get("COMP_LINE", "").split(" ")
    command, typed = "".join(words[1:2]), words[2:]
    if not typed:
        print("\n".join(name for name in commands if name.startswith(command)))
        return 0
    if command in TAKES_RUN_FIRST:
        typed = typed[1:]  # the run; the shell itself completes its path
    if typed and command in commands and command != "reproduce":
        # Hydra takes the first word off as the program's name; the command goes with it.
        os.environ["COMP_LINE"] = " ".join([words[0], *typed])
        call_hydra(command, arguments, lambda _config: None)
    return 0
