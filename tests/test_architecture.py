"""The house keeps its plan: imports point one way, and each third-party package has its one place."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from sys import stdlib_module_names

import pytest

SERVICE = Path(__file__).parents[1] / "service"
FILES = sorted(path for path in SERVICE.rglob("*.py") if "bundled" not in path.parts)

FLOORS = [
    {"errors", "settings", "resources", "logs", "pages"},
    {"knowledge"},
    {"retrieval"},
    {"generation"},
    {"conversation"},
    {"desk", "growing"},
    {"web"},
    {"commands"},
    {"cli", "__main__"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

EVERYWHERE = {"numpy", "pydantic", "structlog"}
"""Kinds of words more than parts: arrays, checked data, log lines."""

WHOLE_ROOMS = {"httpx2": "generation", "fastapi": "web", "starlette": "web", "typer": "commands", "rich": "commands"}


def room_of(path: Path) -> str:
    return path.relative_to(SERVICE).parts[0].removesuffix(".py")


class OnlyAtRunTime(ast.NodeTransformer):
    """Drops what is imported for type checkers alone."""

    def visit_If(self, node: ast.If) -> ast.AST | None:
        return None if ast.unparse(node.test) == "TYPE_CHECKING" else self.generic_visit(node)


def imports_of(path: Path, *, for_types: bool = True) -> Iterator[tuple[str, bool]]:
    """Top-level names a file imports, and whether they are ours."""
    package = path.relative_to(SERVICE).parent.parts
    tree: ast.AST = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree if for_types else OnlyAtRunTime().visit(tree)):
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], False) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield (node.module or "").partition(".")[0], False
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - (node.level - 1)]
            target = (*above, *(node.module or "").split("."))
            names = [target] if target != ("",) else [(alias.name,) for alias in node.names]
            yield from ((name[0], True) for name in names if name[0])


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SERVICE)))
def test_imports_point_one_way(path: Path) -> None:
    here = room_of(path)
    if here == "__init__":
        assert list(imports_of(path)) == []
        return
    wrong = [room for room, ours in imports_of(path) if ours and FLOOR[room] > FLOOR[here]]
    assert wrong == [], f"{here} must not know {wrong}"


def test_each_third_party_package_is_imported_in_one_or_two_places() -> None:
    where = defaultdict(set)
    for path in FILES:
        for name, ours in imports_of(path, for_types=False):
            if not ours and name not in EVERYWHERE:
                room = room_of(path)
                where[name].add(room if WHOLE_ROOMS.get(name) == room else str(path.relative_to(SERVICE)))
    spread = {name: places for name, places in where.items() if name not in stdlib_module_names and len(places) > 2}
    assert spread == {}


def test_a_file_is_one_sitting() -> None:
    long = {str(path): n for path in FILES if (n := len(path.read_text(encoding="utf-8").splitlines())) > 400}
    assert long == {}
