"""`doppel COMMAND [overrides]`: the way in. Nothing heavy is imported before a config has been found sound."""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
from types import FrameType
from typing import Any, NoReturn

from doppel.errors import DoppelError

# Command -> what it does, one line each. The module doppel/commands/<command>.py holds `run(arguments) -> exit status`.
COMMANDS = {
    "train": "learn a persona from a chat export: doppel train source=telegram source.path=result.json",
    "prepare": "stop after the samples and write them for a person to read: doppel prepare source.path=...",
    "plan": "whether that run fits a GPU, how long it takes, what it costs: doppel plan [overrides of train]",
    "tune": "find a learning rate or a micro-batch that fits: doppel tune lr|batch [overrides of train]",
    "talk": "chat with what a run learnt: doppel talk outputs/train/NAME",
    "serve": "the same for programs, as OpenAI's API, on this machine alone: doppel serve outputs/train/NAME",
    "bot": "the same as a Telegram bot, for its owner and whom they let in: doppel bot outputs/train/NAME",
    "web": "the same as a page in the browser, where replies are judged and mended: doppel web outputs/train/NAME",
    "feedback": "what was thought of replies, counted, or written as lines to learn from: out=feedback.jsonl",
    "forget": "erase a person from what talks have left behind, and tell which runs learnt from them: contact=NAME",
    "merge": "make a plain model of what a run has trained beside its base: doppel merge outputs/train/NAME",
    "gguf": "make one quantised file of it, for llama.cpp and Ollama: doppel gguf outputs/train/NAME",
    "push": "put it on the hub, if it may be shared: doppel push outputs/train/NAME to=USER/NAME",
    "evaluate": "measure how much a run is like the person, and what it gives away: doppel evaluate outputs/train/NAME",
    "arena": "let people guess which reply is real: doppel arena outputs/train/NAME [OTHER_RUN|base|few_shot|real]",
    "compare": "say which of several evaluated runs is best, and whether by more than noise: doppel compare RUN RUN",
    "reproduce": "repeat a run and say whether every logged loss is equal: doppel reproduce outputs/train/NAME",
}
HIDDEN = ("worker", "tuning", "planning")
SIGNALS = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGUSR1,
    signal.SIGUSR2,
)  # the latter two: a batch system is short of time
USAGE_STATUS, FULL_STATUS, INTERRUPTED_STATUS = 2, 1, 130
INTERRUPTED = "doppel: interrupted\n"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def main() -> None:
    """Runs the command named on the command line and exits with its status, 130 where it is interrupted."""
    # While modules are imported there is nothing to tidy up, and an exception would be raised anywhere in them.
    _take_signals(signal.default_int_handler, signal.SIG_DFL, handler=_leave)
    try:
        status = dispatch(sys.argv[1:])
        sys.stdout.flush()
    except BaseException as error:
        if _is_interrupt(error):  # a second one, while the first is seen to, or what a library has made of the first
            _leave(0, None)
        if not isinstance(error, OSError):
            raise
        status = _unwritable(error)
    _take_signals(_interrupt, handler=_leave)  # Python has still to end
    sys.exit(status)


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
    from doppel.training import noise

    noise.silence()  # before libraries are imported: some speak then
    try:
        module = importlib.import_module(f"doppel.commands.{command}")
        _take_signals(_leave, handler=_interrupt)
        return module.run(rest)
    except DoppelError as error:
        return complain(str(error))
    except KeyboardInterrupt:
        print(INTERRUPTED, end="", file=sys.stderr)
        return INTERRUPTED_STATUS


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


def _unwritable(error: OSError) -> int:
    """The exit status where what is printed finds no room, or no reader (`doppel ... | head`). Raises: other errors."""
    if error.filename is not None or not (isinstance(error, BrokenPipeError) or error.errno in FULL):
        raise error
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the rest of it
    if isinstance(error, BrokenPipeError):
        return 0
    return complain(f"what it prints cannot be written: {error.strerror}; free some space there", status=FULL_STATUS)


def _is_interrupt(error: BaseException | None) -> bool:
    return error is not None and (isinstance(error, KeyboardInterrupt) or _is_interrupt(error.__context__))


def _take_signals(*before: Any, handler: Any) -> None:
    # Only from the one who had them: nohup's are ignored, and a caller of `dispatch` has its own.
    for number in SIGNALS:
        if signal.getsignal(number) in before:
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    os.write(2, INTERRUPTED.encode())
    os._exit(INTERRUPTED_STATUS)


if __name__ == "__main__":
    main()
