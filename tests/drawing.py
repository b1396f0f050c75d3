"""How tests draw: the default preset, but for what a test says."""

from typing import Any

import yaml

from doppel.config.tree import project_path
from doppel.generation.sampling import Sampling


def sampling(**changes: Any) -> Sampling:
    node = yaml.safe_load((project_path("conf") / "generation" / "default.yaml").read_text(encoding="utf-8"))
    del node["_target_"]
    return Sampling(**{**node, **changes})
