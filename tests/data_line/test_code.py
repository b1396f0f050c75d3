"""What prepared data are made by is what they are kept by: every module and library that the data half imports."""

import ast
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import doppel
from doppel.commands.data_key import CODE, GROUPS, LIBRARIES

ROOT = Path(doppel.__file__).parent


def executed(node: ast.AST) -> Iterator[ast.AST]:
    """All below it, without what only type checkers read."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        yield child
        yield from executed(child)


def imported(file: Path) -> Iterator[str]:
    for node in executed(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", None) == "import_module":
            asked = node.args[0]  # "name", or f"name.{more}"; what build imports lies in the groups
            begin = asked.values[0] if isinstance(asked, ast.JoinedStr) else asked
            if isinstance(begin, ast.Constant):
                yield str(begin.value)


def files_of(name: str) -> list[Path]:
    """The files that an import of this name within doppel executes."""
    place = ROOT.parent
    found = []
    for part in name.split("."):
        place /= part
        found += [file for file in (place / "__init__.py", place.with_suffix(".py")) if file.is_file()]
    return found


def reached() -> tuple[set[Path], set[str]]:
    """Every module of doppel that makes prepared data, and the names of the libraries' modules."""
    modules, libraries = set[Path](), set[str]()
    ahead = [ROOT / "commands/data.py", *(file for group in GROUPS for file in (ROOT / group).rglob("*.py"))]
    while ahead:
        file = ahead.pop()
        if file in modules:
            continue
        modules.add(file)
        for name in imported(file):
            if name.partition(".")[0] == "doppel":
                ahead += files_of(name)
            else:
                libraries.add(name.partition(".")[0])
    return modules, libraries - sys.stdlib_module_names


def test_every_module_that_makes_prepared_data_is_in_their_key() -> None:
    modules, _ = reached()
    assert ROOT / "run/samples.py" in modules
    assert all((ROOT / name).exists() for name in CODE)
    places = [ROOT / name for name in CODE]
    assert sorted(file for file in modules if not any(file.is_relative_to(place) for place in places)) == []


def test_every_library_that_makes_prepared_data_is_in_their_key() -> None:
    _, names = reached()
    assert {"numpy", "phonenumbers", "datasets"} <= names
    distributions = packages_distributions()
    installed = {name: {_plain(one) for one in distributions[name]} for name in names if name in distributions}
    known = {_plain(name) for name in LIBRARIES}
    assert [name for name, of in sorted(installed.items()) if not of & known] == []


def _plain(distribution: str) -> str:
    return distribution.lower().replace("_", "-")
