"""What a user is told to type."""

from __future__ import annotations

import re
import shlex

NOT_STRINGS = frozenset(("null", "true", "false", "nan", "inf"))  # to Hydra, unless quoted


def override(value: str | list[str]) -> str:
    """`persona=...` for a shell: Hydra's quotes around what its grammar does not take bare, then the shell's."""
    words = [_quoted(word) for word in ([value] if isinstance(value, str) else value)]
    return shlex.quote(f"persona={words[0]}" if isinstance(value, str) else f"persona=[{','.join(words)}]")


def _quoted(word: str) -> str:
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", word) and word.lower() not in NOT_STRINGS:
        return word
    # Hydra's rule: a quote is escaped, and so are the backslashes right before a quote.
    doubled = re.sub(r"(\\+)(?=\"|$)", r"\1\1", word)
    return '"' + doubled.replace('"', r"\"") + '"'
