"""Architectures that ship with doppel, so that a plan needs neither weights nor a network."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "architectures"


@cache
def shipped() -> dict[str, dict[str, Any]]:
    """Hub id -> the model's config.json, as far as it says how large what is."""
    known: dict[str, dict[str, Any]] = {}
    for file in sorted(FOLDER.glob("*.yaml")):
        facts = yaml.safe_load(file.read_text(encoding="utf-8"))
        known |= dict.fromkeys(facts["names"], facts["config"])
    return known
