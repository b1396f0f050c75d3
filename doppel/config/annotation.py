"""From an annotation in source text to the type that a config value must have."""

from __future__ import annotations

import ast
from typing import Any, Literal, Union

from doppel import types

# Names that mean something for values written in YAML. All others are runtime objects, which YAML cannot hold.
KNOWN: dict[str, Any] = {
    "Any": Any,
    "bool": bool,
    "dict": dict[str, Any],
    "float": float,
    "int": int,
    "list": list[Any],
    "Mapping": dict[str, Any],
    "Sequence": list[Any],
    "str": str,
    "tuple": tuple[Any, ...],
    **{
        name: getattr(types, name)
        for name in (
            "Architecture",
            "ChatKind",
            "Fraction",
            "NonNegativeFloat",
            "NonNegativeInt",
            "OpenFraction",
            "PositiveFloat",
            "PositiveInt",
        )
    },
}


class _Unknown:
    """Stands for a type that no YAML value has."""


def config_type(node: ast.expr | None) -> Any:
    """The type for pydantic; Any where the annotation is missing or says nothing about YAML values."""
    found = _evaluate(node)
    return Any if found is _Unknown else found


def _evaluate(node: ast.expr | None) -> Any:
    match node:
        case ast.Constant(value=None):
            return None
        case ast.Constant(value=str(text)):  # a quoted annotation
            return _evaluate(ast.parse(text, mode="eval").body)
        case ast.Name(id=name):
            return KNOWN.get(name, _Unknown)
        case ast.Attribute(attr=name):
            return KNOWN.get(name, _Unknown)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _union([_evaluate(left), _evaluate(right)])
        case ast.Subscript(value=value, slice=inside):
            return _subscript(ast.unparse(value).rpartition(".")[2], inside)
        case _:
            return _Unknown


def _subscript(name: str, inside: ast.expr) -> Any:
    arguments = inside.elts if isinstance(inside, ast.Tuple) else [inside]
    if name == "Literal":
        return Literal[tuple(ast.literal_eval(argument) for argument in arguments)]  # pyright: ignore
    types_inside = [_evaluate(argument) for argument in arguments if ast.unparse(argument) != "..."]
    if name == "Optional":
        return _union([*types_inside, None])
    if name == "Union":
        return _union(types_inside)
    known = [Any if item is _Unknown else item for item in types_inside]
    if name in ("list", "List", "Sequence", "Iterable"):
        return list[known[0]]
    if name in ("tuple", "Tuple"):
        is_open = len(known) < len(arguments)
        return tuple[known[0], ...] if is_open else tuple[tuple(known)]  # pyright: ignore
    if name in ("dict", "Dict", "Mapping"):
        return dict[known[0], known[-1]]
    return _Unknown


def _union(members: list[Any]) -> Any:
    """The union of what YAML can hold; unknown only where nothing but None is left."""
    known = [member for member in members if member is not _Unknown]
    if len(known) < len(members) and all(member is None for member in known):
        return _Unknown
    return Union[tuple(known)]  # noqa: UP007
