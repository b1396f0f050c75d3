"""What the user typed, made readable for Hydra's grammar and explainable when it is wrong."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import OverrideParseException

from doppel.config.targets import OPT_IN_KEY
from doppel.errors import ConfigError


def parse(overrides: list[str]) -> list[Override]:
    """The overrides as Hydra understands them.

    Raises: ConfigError for text that is no override at all.
    """
    unreadable = [text for text in overrides if not _is_readable(text)]
    if unreadable:
        raise ConfigError(
            f"`{unreadable[0]}` is not an override: write key=value (trainer.max_steps=40), "
            "group=option (model=tiny_causal), +key=value to add, ~key to remove"
        )
    return OverridesParser.create().parse_overrides(overrides)


def quoted(overrides: list[str], *, is_sweep: bool) -> list[str]:
    """The overrides with values quoted that Hydra's grammar cannot take bare.

    persona=Никита -> persona='Никита';  source.path=Export (1)/result.json -> quoted likewise.
    In a sweep commas separate values, so there each value is quoted by itself.
    """
    return [_quoted_one(override, is_sweep=is_sweep) for override in overrides]


def without_opt_in(overrides: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """The overrides without `+allow_targets=[..]`, and the packages it names: never part of a config."""
    mark = f"+{OPT_IN_KEY}="
    named = [word.removeprefix(mark).strip("[]") for word in overrides if word.startswith(mark)]
    packages = tuple(name.strip() for names in named for name in names.split(",") if name.strip())
    return [word for word in overrides if not word.startswith(mark)], packages


def without_dashes(words: list[str], flags: Collection[str]) -> list[str]:
    """The words with --key=value and --key value, as other programs take them, as key=value; `flags` stay.

    Raises: ConfigError for a --key that nothing follows.
    """
    found: list[str] = []
    waiting = deque(words)
    while waiting:
        word = waiting.popleft()
        name, equals, value = word.partition("=")
        if not name.startswith("--") or name in flags:
            found.append(word)
        elif equals:
            found.append(f"{name[2:]}={value}")
        elif waiting and not waiting[0].startswith("-"):
            found.append(f"{name[2:]}={waiting.popleft()}")
        else:
            raise ConfigError(f"{word} is no flag of doppel: settings are typed as key=value, {word[2:]}=...")
    return found


def opt_in_words(opted_in: tuple[str, ...]) -> list[str]:
    """What to type so that `without_opt_in` finds these packages: one word or none."""
    return [f"+{OPT_IN_KEY}=[{','.join(opted_in)}]"] if opted_in else []


def _quoted_one(override: str, *, is_sweep: bool) -> str:
    if _is_readable(override):
        return override
    key, equals, value = override.partition("=")
    if not equals:
        return override
    if value.startswith("[") and value.endswith("]"):
        candidate = f"{key}=[{_quote_items(value[1:-1])}]"
    elif is_sweep:
        candidate = f"{key}={_quote_items(value)}"
    else:
        candidate = f"{key}={_quote(value)}"
    return candidate if _is_readable(candidate) else override


def _is_readable(override: str) -> bool:
    try:
        parsed = OverridesParser.create().parse_overrides([override])
    except OverrideParseException:
        return False
    return bool(parsed[0].key_or_group)


def _quote_items(items: str) -> str:
    return ",".join(_quote(item.strip()) if not _is_readable(f"x={item}") else item for item in items.split(","))


def _quote(value: str) -> str:
    # A backslash is literal inside Hydra's quotes unless it stands before the quote.
    escaped = value.replace("'", "\\'")
    return f"'{escaped}'"
