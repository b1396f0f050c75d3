"""What memory does not go with."""

from __future__ import annotations

from doppel.config.rule import Config, Rule

LARGEST_SHARE = 0.5  # of batches.max_tokens


def told_tokens(config: Config) -> int:
    """What memory may add to a prompt."""
    memory = config.get("memory") or {}
    return sum(memory.get(key) or 0 for key in ("facts_tokens", "notes_tokens", "recalled_tokens"))


RULES_MEMORY = (
    Rule(
        "memory x max_tokens",
        lambda config: told_tokens(config) > LARGEST_SHARE * ((config.get("batches") or {}).get("max_tokens") or 1e9),
        "memory.facts_tokens, notes_tokens and recalled_tokens together are more than half of batches.max_tokens, and "
        "hardly anything of the conversation would be left beside them",
        "type smaller ones (or a larger batches.max_tokens)",
    ),
)
