"""Laws about the source itself that no linter knows."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "coproduce"

ASYNCHRONOUS = frozenset({"app.py", "web/page_endpoint.py", "web/headers.py"})
"""The HTTP edge. Everything else is plain functions, run in threads (ADR 0002)."""

RULES = ("**/rules.py", "**/disclosure.py", "**/*_rules.py", "core/periods.py")
"""Modules whose numbers decide about people."""

_CONVERTERS = frozenset({"Fraction", "Decimal", "timedelta", "int", "float"})


def asynchronous_lines(source: str) -> list[int]:
    """Return the lines that define or await something asynchronous."""
    kinds = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    return [node.lineno for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)]


def numbers_without_source(source: str) -> list[str]:
    """Return the constants of a module that are numbers and do not say where they come from."""
    body = ast.parse(source).body
    followers = [*body[1:], ast.Pass()]
    return [
        name
        for statement, following in zip(body, followers, strict=True)
        for name in _numbers_in(statement)
        if "Source:" not in _text_of(following)
    ]


def _numbers_in(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.Assign):
        targets, value = statement.targets, statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets, value = [statement.target], statement.value
    else:
        return
    if _is_number(value):
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float) and not isinstance(node.value, bool)
    if isinstance(node, ast.UnaryOp):
        return _is_number(node.operand)
    if isinstance(node, ast.BinOp):
        return _is_number(node.left) and _is_number(node.right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in _CONVERTERS and all(map(_is_number, node.args))
    return False


def _text_of(statement: ast.stmt) -> str:
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return str(statement.value.value) if is_text else ""  # type: ignore[attr-defined]


def test_only_the_edge_is_asynchronous() -> None:
    found = {
        name: lines
        for path in PACKAGE.rglob("*.py")
        if (name := path.relative_to(PACKAGE).as_posix()) not in ASYNCHRONOUS
        and (lines := asynchronous_lines(path.read_text("utf-8")))
    }
    assert not found, f"Write plain functions; the edge runs them in threads: {found}"


def test_every_number_in_the_rules_says_where_it_comes_from() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix(): names
        for pattern in RULES
        for path in PACKAGE.glob(pattern)
        if (names := numbers_without_source(path.read_text("utf-8")))
    }
    assert not found, f"Add a text below each that ends with `Source: …`: {found}"


def test_the_guard_finds_asynchronous_code() -> None:
    assert asynchronous_lines("async def get() -> None:\n    await something()\n") == [1, 2]


@pytest.mark.parametrize(
    "line",
    ["LIMIT = 5", "LIMIT: int = 5", "LIMIT = 64 * 1024", "LIMIT = -1", "LIMIT = Fraction(1, 2)"],
)
def test_the_guard_finds_a_number_without_a_source(line: str) -> None:
    assert numbers_without_source(line) == ["LIMIT"]
    assert numbers_without_source(f'{line}\n"""Most of them."""') == ["LIMIT"]
    assert numbers_without_source(f'{line}\n"""Most of them. Source: docs."""') == []
