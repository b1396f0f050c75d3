"""A run that goes on must learn from the same tokens and on the same model; the manifest keeps what they were."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from doppel.commands.feed import is_first
from doppel.commands.learner import Learner
from doppel.errors import RunError
from doppel.model.weights import weights_sample_sha256
from doppel.run.directory import RunDirectory
from doppel.types import Tokens

OF_MODEL = ("commit", "config_sha256", "tokenizer_sha256", "merged_adapters")


def same_tokens(run: RunDirectory, learner: Learner, tokens: Mapping[str, Iterable[Tokens]]) -> None:
    """Keeps the fingerprint of all tokens at the first start. Raises: RunError where they are others now.

    The samples and the config are known to be the same, so it is the tokenizer that has changed, or code.
    """
    now = {part: _digest(tokens[part]) for part in tokens}
    then = _kept(run, "tokens", now)
    changed = [part for part in now if then.get(part) != now[part]]
    if changed:
        raise RunError(
            f"the {changed[0]} samples are those that the run began with, and make other tokens now "
            f"({_short(then.get(changed[0]))} then, {_short(now[changed[0]])} now): the tokenizer of "
            f"{learner.tokenizer.name_or_path or 'the model'} has changed, or doppel's own code. A run goes on only "
            "with the same tokens: put the tokenizer back, or start a new run"
        )


def same_model(run: RunDirectory, learner: Learner) -> None:
    """Keeps what the loaded base model is at the first start. Raises: RunError where it is another now."""
    facts = learner.facts
    now = {name: facts[name] for name in OF_MODEL} | {"weights": weights_sample_sha256(str(facts["source"]))}
    then = _kept(run, "base", now)
    changed = [name for name in now if then.get(name) != now[name]]
    if changed:
        told = "; ".join(f"{name} {_short(then.get(name))} then, {_short(now[name])} now" for name in changed)
        raise RunError(
            f"the base model {facts['source']} is not what the run began with ({told}). Put it back, or start a new "
            "run (model.revision= holds a model of the hub where it is)"
        )


def _kept(run: RunDirectory, key: str, now: Mapping[str, Any]) -> Mapping[str, Any]:
    manifest = run.manifest()
    if key not in manifest and is_first():
        run.update_manifest(**{key: dict(now)})
    return manifest.get(key, now)


def _digest(tokens: Iterable[Tokens]) -> str:
    digest = hashlib.sha256()
    for sample in chain.from_iterable((one, one.beside) if one.beside else (one,) for one in tokens):
        for ids in (sample.ids, sample.source_ids):
            digest.update(len(ids).to_bytes(8, "little") + array("q", ids).tobytes())
        digest.update(bytes(sample.is_learnt))
    return digest.hexdigest()


def _short(sha256: str | None) -> str:
    return sha256[:12] if sha256 else "none"
