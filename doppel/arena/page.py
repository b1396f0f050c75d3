"""The files of the page, which holds no word of anybody's: what it shows it asks for."""

from __future__ import annotations

from importlib.resources import files

NAMES = ("index.html", "arena.css", "arena.js")


def page_files() -> dict[str, str]:
    """Name -> content."""
    return {name: (files("doppel.arena") / name).read_text(encoding="utf-8") for name in NAMES}
