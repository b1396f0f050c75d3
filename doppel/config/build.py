"""From a checked node to the object it names."""

from __future__ import annotations

from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate

from doppel.errors import DoppelError


def build(node: dict[str, Any], *runtime: Any, **more_runtime: Any) -> Any:
    """The object of a `_target_` node; runtime objects are added to the config's own values.

    Raises: whatever DoppelError the constructor raises, unwrapped.
    """
    try:
        return instantiate(node, *runtime, _convert_="all", **more_runtime)
    except InstantiationException as error:
        if isinstance(error.__cause__, DoppelError):
            raise error.__cause__ from None
        raise


def build_all(nodes: dict[str, dict[str, Any] | None], **runtime: Any) -> dict[str, Any]:
    """The objects of a group that holds nodes by name, in the order of the config; nulls are left out."""
    return {name: build(node, **runtime) for name, node in nodes.items() if node is not None}
