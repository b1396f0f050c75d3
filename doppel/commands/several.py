"""Several runs behind one API: `model` says which, as RUN or RUN/NAME, or NAME alone where one run knows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from doppel.commands.answering import Answering
from doppel.engine.desk import Ticket
from doppel.serving.asked import Asked, Piece
from doppel.serving.refusal import RefusedError

OF_RUN = "/"  # in `model`: behind it who speaks of the run


class Several:
    """Answers with the run that is asked for."""

    def __init__(self, runs: Sequence[Answering]) -> None:
        self.runs = {one.run_name: one for one in runs}

    def models(self) -> list[str]:
        """The runs' names, the first one the default, and of each the speakers behind the mark."""
        speakers = [f"{name}{OF_RUN}{who}" for name, one in self.runs.items() for who in one.models() if who != name]
        return [*self.runs, *speakers]

    def load(self) -> tuple[int, int]:
        """How many requests are being answered, and how many wait."""
        running, waiting = zip(*(one.load() for one in self.runs.values()), strict=True)
        return sum(running), sum(waiting)

    def ask(self, asked: Asked, hear: Callable[[Piece | Exception], None]) -> Ticket:
        """Queues it. Raises: RefusedError."""
        one, model = self._meant(asked.model)
        return one.ask(replace(asked, model=model), hear)

    def _meant(self, model: str) -> tuple[Answering, str]:
        """The run, and what its own API would be asked for. Raises: RefusedError."""
        run, _, rest = model.partition(OF_RUN)
        if run in self.runs:
            return self.runs[run], rest or run
        meant = [one for one in self.runs.values() if one.knows(model)]
        if len(meant) == 1:
            return meant[0], model
        if meant:
            choices = ", ".join(f"{one.run_name}{OF_RUN}{model}" for one in meant)
            raise RefusedError(400, f"several runs know {model!r}: say {choices}", param="model")
        known = ", ".join(self.models())
        raise RefusedError(404, f"there is no model {model!r} here: {known}", code="model_not_found", param="model")
