"""The whole config against the signatures it names and the rules across groups: all faults in one message.

Nothing is imported and nothing is built; a refused config costs no download, no model load and no torch.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from doppel.config.build import MARKS
from doppel.config.limits import limit_of
from doppel.config.nearest import nearest
from doppel.config.rules import RULES
from doppel.config.signature import NoSuchTargetError, Parameter, Signature, signature_of
from doppel.config.targets import ALLOWED_PACKAGES, OPT_IN_KEY, is_allowed
from doppel.errors import ConfigError


def check(
    config: dict[str, Any],
    root: str,
    *,
    opted_in: tuple[str, ...] = (),
    known_faults: Sequence[str] = (),
    is_learning_here: bool = True,
) -> None:
    """Returns when every key, value, target and combination of the config is sound.

    `root` is the dotted path of the dataclass whose fields are the config's own keys; `known_faults` are those that
    composing it has found already.
    Raises: ConfigError that lists every fault, one line each.
    """
    faults = [*known_faults, *_bind("", config, root), *_check_nodes("", config, opted_in)]
    faults += _broken_rules(config, is_learning_here=is_learning_here)
    if faults:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise ConfigError("\n".join([f"the config has {count}:", *(f"  {fault}" for fault in faults)]))


def _broken_rules(config: dict[str, Any], *, is_learning_here: bool) -> Iterator[str]:
    for rule in RULES:
        if rule.is_of_machine and not is_learning_here:
            continue
        try:
            is_broken = rule.is_broken_by(config)
        except (AttributeError, KeyError, TypeError):  # what the rule looks at is itself among the faults
            continue
        if is_broken:
            yield f"{rule.id}: {rule.reason}; {rule.remedy}"


def _check_nodes(path: str, node: dict[str, Any], opted_in: tuple[str, ...]) -> Iterator[str]:
    for key, value in node.items():
        yield from _check_inside(f"{path}.{key}" if path else str(key), value, opted_in)


def _check_inside(here: str, value: Any, opted_in: tuple[str, ...]) -> Iterator[str]:
    # Lists too: nodes inside them are built like any other.
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _check_inside(f"{here}[{index}]", item, opted_in)
    if not isinstance(value, dict):
        return
    if "_target_" not in value:
        yield from _check_named_nodes(here, value)
    elif not isinstance(target := value["_target_"], str) or not is_allowed(target, opted_in):
        yield (
            f"{here}._target_={target} is refused: code comes from {', '.join(ALLOWED_PACKAGES)} only; "
            f"to run your own, type +{OPT_IN_KEY}=[{str(target).split('.')[0]}]"
        )
    else:
        yield from _bind(here, value, target)
    yield from _check_nodes(here, value, opted_in)


def _check_named_nodes(path: str, node: dict[str, Any]) -> Iterator[str]:
    # Groups such as filters hold nodes by name; whatever else stands in them is a misspelt name.
    complete = [name for name, child in node.items() if isinstance(child, dict) and "_target_" in child]
    for name, child in node.items():
        if name in complete or child is None:
            continue
        if complete:
            yield f"{path}.{name} is unknown{nearest(name, complete)}; {path} has: {', '.join(complete)}"


def _bind(path: str, node: dict[str, Any], target: str) -> Iterator[str]:
    try:
        signature = signature_of(target)
    except NoSuchTargetError as error:
        yield f"{path}._target_={target} cannot be found: {error}"
        return
    prefix = f"{path}." if path else ""
    given = {key: value for key, value in node.items() if not (path and key in MARKS)}
    for key, value in given.items():
        parameter = signature.parameters.get(key)
        if parameter is not None:
            yield from _check_value(f"{prefix}{key}", value, parameter, target)
        elif not signature.takes_any or key.startswith("_"):  # Hydra's _args_ and _recursive_ mean nothing here
            known = sorted(signature.parameters)
            yield f"{prefix}{key} is unknown{nearest(key, known)}; accepted: {', '.join(known)}"
    if not node.get("_partial_"):
        yield from _missing(prefix, given, signature)


def _missing(prefix: str, given: dict[str, Any], signature: Signature) -> Iterator[str]:
    for name, parameter in signature.parameters.items():
        if parameter.is_required and name not in given:
            yield f"{prefix}{name} is missing: type {prefix}{name}=..."


def _check_value(path: str, value: Any, parameter: Parameter, target: str) -> Iterator[str]:
    if value == "???":
        yield f"{path} must be given: type {path}=..."
        return
    expected = limit_of(target, parameter.name) or parameter.type
    try:
        # As JSON, a YAML list may stand for a tuple while "3" still is no number.
        _adapter(repr(expected), expected).validate_json(json.dumps(value, default=str), strict=True)
    except ValidationError as error:
        reasons = dict.fromkeys(_reason(detail) for detail in error.errors())
        yield f"{path}={_shown(value)} is refused: {', or '.join(reasons)}"


_ADAPTERS: dict[str, TypeAdapter[Any]] = {}


def _adapter(name: str, expected: Any) -> TypeAdapter[Any]:
    if name not in _ADAPTERS:
        _ADAPTERS[name] = TypeAdapter(expected, config=ConfigDict(allow_inf_nan=False))
    return _ADAPTERS[name]


def _reason(detail: Any) -> str:
    where = [str(part) for part in detail["loc"] if isinstance(part, int)]
    message = detail["msg"].removeprefix("Input should be ")
    return f"item {where[0]} must be {message}" if where else f"it must be {message}"


def _shown(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else json.dumps(value, default=str)
