"""Tokens made once for the same samples, markup, tokenizer and code, and read back by every process and later run."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

import doppel
from doppel.cache.scratch import scratch
from doppel.cache.store import Store, code_facts, key_of
from doppel.commands.judged import encoded, use_of
from doppel.commands.learner import Learner
from doppel.commands.reminding import Reminding
from doppel.types import Count, Funnel, Sample, Tokens

FILE = "tokens.msgpack"
CODE = ("markup", "memory", "types.py")
LIBRARIES = ("scikit-learn", "tokenizers", "transformers")


class _Kept(msgspec.Struct):
    tokens: list[Tokens]
    counts: list[Count]
    notes: list[str]


def tokens_of(
    learner: Learner,
    config: dict[str, Any],
    samples: Sequence[Sample],
    sha256: str,
    funnel: Funnel,
    reminding: Reminding,
) -> list[Tokens]:
    """All samples as tokens, with what memory tells.

    `sha256` is that of the samples' file; `use_cache` false makes them anew.
    """
    told = map(reminding.sample, samples)
    if not config["use_cache"]:
        return encoded(config, learner.encoder, told, funnel)
    store = Store("tokens")
    key = _key(learner, config, sha256, reminding)
    kept = _read(store, key) or _make(store, key, lambda: _encode(learner, config, told))
    for count in kept.counts:
        funnel.add(count.stage, kept=count.kept, dropped=count.dropped, unit=count.unit, why=count.why)
    for note in kept.notes:
        funnel.note(note)
    return kept.tokens


def _key(learner: Learner, config: dict[str, Any], sha256: str, reminding: Reminding) -> str:
    return key_of(
        {
            "samples": sha256,
            "memory": {**config["memory"], "facts": reminding.facts, "made_of": reminding.made_of},
            "markup": config["markup"],
            "use": use_of(config),
            "max_tokens": learner.encoder.max_tokens,
            "architecture": learner.architecture,
            "tokenizer": _fingerprint(learner.tokenizer),
            "code": code_facts([Path(doppel.__file__).parent / name for name in CODE], LIBRARIES),
        }
    )


def _fingerprint(tokenizer: Any) -> str:
    """Of all that the tokenizer is made of: what it writes when it is saved."""
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        files = sorted(Path(folder).rglob("*"))
        return hashlib.sha256(b"".join(file.name.encode() + file.read_bytes() for file in files)).hexdigest()


def _encode(learner: Learner, config: dict[str, Any], samples: Iterable[Sample]) -> _Kept:
    funnel = Funnel()
    tokens = encoded(config, learner.encoder, samples, funnel)
    return _Kept(tokens, funnel.counts, funnel.notes)


def _make(store: Store, key: str, make: Callable[[], _Kept]) -> _Kept:
    made = make()
    with scratch("tokens") as folder:
        (folder / key).mkdir()
        (folder / key / FILE).write_bytes(msgspec.msgpack.encode(made))
        store.keep(key, folder / key)
    return made


def _read(store: Store, key: str) -> _Kept | None:
    """What was kept; None where there is nothing or it is damaged, so that it is made anew."""
    folder = store.find(key)
    if folder is None:
        return None
    try:
        return msgspec.msgpack.decode((folder / FILE).read_bytes(), type=_Kept)
    except (OSError, msgspec.DecodeError):
        store.forget(key)
        return None
