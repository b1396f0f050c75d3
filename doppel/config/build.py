"""From a checked node to the object it names.

Not by hydra.utils.instantiate: it resolves `${...}` and nested nodes once more, so that words which the check has read
as a string (`${oc.create:{_target_: ...}}` in somebody else's config.yaml) would become code.
"""

from __future__ import annotations

import importlib
from functools import partial
from typing import Any

MARKS = ("_target_", "_partial_")


def build(node: dict[str, Any], *runtime: Any, **more_runtime: Any) -> Any:
    """The object of a `_target_` node; runtime objects are added to the config's own values.

    With `_partial_: true` it is what makes the object once it gets the rest.
    """
    target = target_of(node)
    values = {key: _built(value) for key, value in node.items() if key not in MARKS} | more_runtime
    return partial(target, *runtime, **values) if node.get("_partial_") else target(*runtime, **values)


def target_of(node: dict[str, Any]) -> Any:
    """What a `_target_` node names."""
    module, _, name = node["_target_"].rpartition(".")
    return getattr(importlib.import_module(module), name)


def build_all(nodes: dict[str, dict[str, Any] | None], **runtime: Any) -> dict[str, Any]:
    """The objects of a group that holds nodes by name, in the order of the config; nulls are left out."""
    return {name: build(node, **runtime) for name, node in nodes.items() if node is not None}


def _built(value: Any) -> Any:
    """The value with the nodes inside it built; lists and dicts are copied, so no object can change the config."""
    if isinstance(value, list):
        return [_built(item) for item in value]
    if isinstance(value, dict):
        return build(value) if "_target_" in value else {key: _built(item) for key, item in value.items()}
    return value
