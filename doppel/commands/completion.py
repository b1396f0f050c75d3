"""Shell completion: Hydra completes groups and keys, doppel its commands."""

from __future__ import annotations

import os

from doppel.commands.application import call_hydra


def complete(arguments: list[str], commands: tuple[str, ...]) -> int:
    """0 after printing what can follow the line in COMP_LINE, or the script that asks for it."""
    line = os.environ.get("COMP_LINE", "")
    words = line.split(" ")
    if "install" in arguments[-1] or "uninstall" in arguments[-1] or (len(words) > 2 and words[1] in commands):
        command = words[1] if len(words) > 2 else commands[0]
        # Hydra takes the first word off as the program's name; the command goes with it.
        os.environ["COMP_LINE"] = " ".join([words[0], *words[2:]])
        call_hydra(command, arguments, lambda _config: None)
        return 0
    print("\n".join(name for name in commands if name.startswith(words[-1])))
    return 0
