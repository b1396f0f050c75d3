"""What prepared data are kept by: content, rules, code and libraries."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import doppel
from doppel.cache.store import code_facts, key_of
from doppel.commands.judged import is_of_feedback, use_of

GROUPS = ("source", "filters", "privacy", "sessions", "samples", "split", "canaries", "persona")
CODE = (
    "source",
    "filters",
    "privacy",
    "sessions",
    "samples",
    "split",
    "canaries",
    "persona",
    "report",
    "cache",
    "commands",
    "config",
    "run",
    "markup/__init__.py",
    "markup/judged.py",
    "types.py",
    "errors.py",
    "__init__.py",
)
LIBRARIES = (
    "annotated-types",
    "datasets",
    "datasketch",
    "detect-secrets",
    "hydra-core",
    "lingua-language-detector",
    "lxml",
    "mnemonic",
    "msgspec",
    "numpy",
    "omegaconf",
    "phonenumbers",
    "presidio-analyzer",
    "pyarrow",
    "pymorphy3",
    "pymorphy3-dicts-ru",  # its words
    "pyyaml",
    "regex",  # what presidio-analyzer finds with
    "rich",  # the names of emoji
    "telethon",
    "tldextract",
    "tzdata",  # what zoneinfo reads where the system has no time zones
)


def data_key(config: dict[str, Any], inputs: Mapping[str, str]) -> str:
    """The key of what is prepared from these input files (label -> sha256) by the composed config."""
    package = Path(doppel.__file__).parent
    code = code_facts([package / name for name in CODE], LIBRARIES)
    # Content counts, not where it lies.
    settings = {group: config[group] for group in GROUPS} | {"source": {**config["source"], "path": None}}
    if is_of_feedback(config):
        settings["use"] = use_of(config)
    return key_of({"inputs": inputs, "config": settings, "code": code})
