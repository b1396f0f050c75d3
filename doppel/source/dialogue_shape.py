"""Where the common shapes of dialogue sets keep what is said: keys of lists, of speakers, of words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SAMPLE = "doppel"  # the key of a whole sample in a record that doppel has exported
LISTS = ("messages", "conversations", "conversation", "dialog", "dialogue", "turns", "utterances")
ANSWERED = (
    ("prompt", "response"),
    ("prompt", "completion"),
    ("instruction", "output"),
    ("question", "answer"),
)
SPEAKERS = ("role", "from", "sender", "speaker", "author")
WORDS = ("content", "value", "text", "utterance")
ROLES = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "system": "system",
    "developer": "system",
}


def holds_dialogues(columns: Sequence[str]) -> bool:
    """Whether records with these keys may be dialogues."""
    return any(key in columns for key in (SAMPLE, *LISTS)) or any(
        all(key in columns for key in pair) for pair in ANSWERED
    )


def turns_of(row: Mapping[str, Any]) -> list[Any] | None:
    """The turns of a record, as they stand there; None where it has no list of them."""
    for key in LISTS:
        found = row.get(key)
        if isinstance(found, list):
            return found
        if isinstance(found, dict):  # `datasets` turns a list of objects into an object of lists
            columns = [value for value in found.values() if isinstance(value, list)]
            names = [name for name, value in found.items() if isinstance(value, list)]
            return [dict(zip(names, values, strict=False)) for values in zip(*columns, strict=False)]
    for asked, answered in ANSWERED:
        if asked in row and answered in row:
            return [*_side(row[asked], "user"), *_side(row[answered], "assistant")]
    return None


def first_of(turn: Mapping[str, Any], keys: Sequence[str]) -> Any:
    """The value under the first of the keys that has one, else None."""
    return next((turn[key] for key in keys if turn.get(key) is not None), None)


def text_of(words: Any) -> str | None:
    """The text of a content; "" where there is none, None where it is something else."""
    if words is None:
        return ""
    if isinstance(words, list):  # OpenAI's parts: text beside pictures
        parts = [part.get("text") for part in words if isinstance(part, dict) and part.get("type") == "text"]
        return "\n".join(part for part in parts if isinstance(part, str))
    return words if isinstance(words, str) else None


def _side(value: Any, role: str) -> list[Any]:
    return value if isinstance(value, list) else [{"role": role, "content": value}]
