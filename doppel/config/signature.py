"""What a `_target_` takes, read from its source: nothing is imported, so nothing runs and torch stays out."""

from __future__ import annotations

import ast
import difflib
import importlib.machinery
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from doppel.config import annotation


class NoSuchTargetError(LookupError):
    """The dotted path leads to nothing that can be called."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a target."""

    name: str
    type: Any  # for pydantic; Any where the annotation says nothing about config values
    is_required: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters that a config may set."""

    parameters: dict[str, Parameter]
    takes_any: bool  # **kwargs


@cache
def signature_of(target: str) -> Signature:
    """The parameters of the function, class or dataclass at a dotted path.

    For targets of doppel these are the keyword-only ones: positional parameters take runtime objects.
    Raises: NoSuchTargetError, naming what the module does hold, or for what a package only imports from elsewhere: so
    the name that the list of allowed packages was asked about is where the code is (Lightning imports subprocess.call).
    """
    definition, file = _find(target)
    package = _package_file(target.split(".")[0])
    if file != package and not (package.name == "__init__.py" and file.is_relative_to(package.parent)):
        raise NoSuchTargetError(f"it is not {target.split('.')[0]}'s own: name it where it is defined, {file}")
    is_ours = target.startswith("doppel.")
    if isinstance(definition, ast.ClassDef):
        return _class_signature(definition, file, is_ours=is_ours)
    return _function_signature(definition, is_ours=is_ours, is_method=False)


def _class_signature(definition: ast.ClassDef, file: Path, *, is_ours: bool) -> Signature:
    for item in definition.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            return _function_signature(item, is_ours=is_ours, is_method=True)
    if _is_dataclass(definition):
        return Signature(_fields(definition, file), takes_any=False)
    for base, base_file in _bases(definition, file):
        return _class_signature(base, base_file, is_ours=is_ours)
    return Signature({}, takes_any=False)


def _is_dataclass(definition: ast.ClassDef) -> bool:
    return any("dataclass" in ast.unparse(decorator) for decorator in definition.decorator_list)


def _fields(definition: ast.ClassDef, file: Path) -> dict[str, Parameter]:
    """Of a dataclass; those of the dataclasses that it extends come first."""
    extended = [_fields(base, where) for base, where in _bases(definition, file) if _is_dataclass(base)]
    own = [item for item in definition.body if isinstance(item, ast.AnnAssign)]
    parameters = [_parameter(ast.unparse(item.target), item.annotation, item.value is None) for item in own]
    inherited = {name: parameter for fields in extended for name, parameter in fields.items()}
    return inherited | {parameter.name: parameter for parameter in parameters}


def _bases(definition: ast.ClassDef, file: Path) -> Iterator[tuple[ast.ClassDef, Path]]:
    """The classes that it extends, and where they are; without those whose source cannot be found."""
    for base in definition.bases:
        try:
            found, base_file = _find_in(file, ast.unparse(base).split("[")[0])
        except NoSuchTargetError:
            continue
        if isinstance(found, ast.ClassDef):
            yield found, base_file


def _function_signature(definition: ast.FunctionDef, *, is_ours: bool, is_method: bool) -> Signature:
    arguments = definition.args
    parameters = [
        _parameter(argument.arg, argument.annotation, default is None)
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    if not is_ours:
        positional = [*arguments.posonlyargs, *arguments.args][1 if is_method else 0 :]
        num_required = len(positional) - len(arguments.defaults)
        parameters += [
            _parameter(argument.arg, argument.annotation, index < num_required)
            for index, argument in enumerate(positional)
        ]
    return Signature({item.name: item for item in parameters}, takes_any=arguments.kwarg is not None)


def _parameter(name: str, node: ast.expr | None, is_required: bool) -> Parameter:  # noqa: FBT001
    return Parameter(name, annotation.config_type(node), is_required)


def _find(target: str) -> tuple[ast.ClassDef | ast.FunctionDef, Path]:
    parts = target.split(".")
    file = _package_file(parts[0])
    if file.name != "__init__.py":  # a package of one file
        return _find_in(file, ".".join(parts[1:]))
    folder = file.parent
    for index, part in enumerate(parts[1:], start=1):
        if (folder / part / "__init__.py").is_file():
            folder = folder / part
            file = folder / "__init__.py"
        elif (folder / f"{part}.py").is_file():
            file = folder / f"{part}.py"
            folder = folder / part
        else:
            return _find_in(file, ".".join(parts[index:]))
    raise NoSuchTargetError(f"{target} is a module, not a class or function")


@cache
def _package_file(name: str) -> Path:
    # find_spec of a top-level package looks it up without importing it.
    spec = importlib.machinery.PathFinder.find_spec(name, sys.path)
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        raise NoSuchTargetError(f"there is no installed package {name}")
    return Path(spec.origin)


@cache
def _names(file: Path) -> dict[str, ast.stmt]:
    """What a module defines or imports, by name; the outermost of equal names, whatever `if` or `try` it stands in."""
    names: dict[str, ast.stmt] = {}
    for item in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(item, ast.ClassDef | ast.FunctionDef):
            names.setdefault(item.name, item)
        elif isinstance(item, ast.ImportFrom):
            for alias in item.names:
                names.setdefault(alias.asname or alias.name, item)
    return names


def _find_in(file: Path, name: str) -> tuple[ast.ClassDef | ast.FunctionDef, Path]:
    found = _names(file).get(name)
    if isinstance(found, ast.ClassDef | ast.FunctionDef):
        return found, file
    if isinstance(found, ast.ImportFrom):
        original = next(alias.name for alias in found.names if (alias.asname or alias.name) == name)
        return _find(f"{_imported_module(found, file)}.{original}")
    raise NoSuchTargetError(f"{file.parent.name}.{file.stem} defines no {name}; near: {_near(name, file)}")


def _imported_module(item: ast.ImportFrom, file: Path) -> str:
    if not item.level:
        return item.module or ""
    folder = file.parent
    for _ in range(item.level - 1):
        folder = folder.parent
    packages: list[str] = []
    while (folder / "__init__.py").is_file():
        packages.insert(0, folder.name)
        folder = folder.parent
    return ".".join([*packages, *([item.module] if item.module else [])])


def _near(name: str, file: Path) -> str:
    public = [known for known in _names(file) if not known.startswith("_")]
    return ", ".join(difflib.get_close_matches(name, public, n=3, cutoff=0.4)) or "nothing of that kind"
