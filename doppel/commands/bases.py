"""Models of several runs in one process: a base that adapters leave as it is, is loaded once for all of them."""

from __future__ import annotations

from pathlib import Path
from threading import RLock
from typing import Any

from doppel.adapter.sharing import is_shareable, load_beside
from doppel.commands.show import console

OF_BASE = ("model", "precision", "merged_adapters")  # parts of a config that decide what the base is


class Bases:
    """What has been loaded so far."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[Any, RLock]] = {}

    def model(self, trained: dict[str, Any], learner: Any, folder: Path) -> tuple[Any, tuple[str, RLock] | None]:
        """A run's model; and, where others may speak with it, the name of the run's adapter and whose turn it is.

        Raises: ModelError.
        """
        can_share = is_shareable(folder) and not trained["name_tokens"]
        base = repr([trained[name] for name in OF_BASE])
        name = trained["model"]["_target_"].rpartition(".")[2]
        if can_share and base in self._found:
            model, turn = self._found[base]
            console().print(f"{folder.parent.name} speaks over the {name} that is loaded", markup=False)
            return model, (load_beside(model, folder), turn)
        console().print(f"loading {name} ...", markup=False)
        model = learner.adapter.load(learner.load().model, folder)
        if not can_share:
            return model, None
        self._found[base] = model, RLock()
        return model, (model.active_adapter, self._found[base][1])
