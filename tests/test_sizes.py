"""Functions fit on a screen, kernels hold one idea; those that do not say why on their first line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[1] / "sim" / "konvoi"
MOST_LINES, MOST_KERNEL_LINES, MOST_KERNEL_ARGUMENTS = 60, 40, 8
KERNEL_MAKERS = ("kernel", "allocating_kernel", "part", "allocating_part", "inlined")  # decorators
LONG, MANY = "# Long", "many arguments"


class Function(NamedTuple):
    """One function of the package: its size, and the first line of its body."""

    name: str
    n_lines: int  # of the body without the docstring
    n_arguments: int  # that can be given by position
    is_kernel: bool
    first_line: str

    @property
    def is_long(self) -> bool:
        return self.n_lines > (MOST_KERNEL_LINES if self.is_kernel else MOST_LINES)

    @property
    def has_many_arguments(self) -> bool:
        return self.is_kernel and self.n_arguments > MOST_KERNEL_ARGUMENTS


def list_functions(path: Path) -> Iterator[Function]:
    """List the functions of a file, inner ones and methods too."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            before = node.body[0].end_lineno if ast.get_docstring(node) else (node.body[0].lineno - 1)
            assert before is not None
            end = node.end_lineno or before
            makers = [ast.unparse(maker).split("(")[0] for maker in node.decorator_list]
            yield Function(
                f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}",
                end - before if body else 0,
                len(node.args.posonlyargs) + len(node.args.args),
                any(maker in KERNEL_MAKERS for maker in makers),
                next((line.strip() for line in lines[before:end] if line.strip()), ""),
            )


FUNCTIONS = [function for path in sorted(PACKAGE.rglob("*.py")) for function in list_functions(path)]


def test_the_package_has_functions_and_kernels_to_measure() -> None:
    assert len(FUNCTIONS) > 1000
    assert sum(function.is_kernel for function in FUNCTIONS) > 80


def test_whoever_is_large_says_why_on_its_first_line() -> None:
    silent = [
        f"{function.name}: {function.n_lines} lines, {function.n_arguments} arguments"
        for function in FUNCTIONS
        if (function.is_long and not function.first_line.startswith(LONG))
        or (function.has_many_arguments and MANY not in function.first_line.lower())
    ]
    assert silent == []


def test_no_reason_outlives_the_size_it_excuses() -> None:
    idle = [
        function.name
        for function in FUNCTIONS
        if (function.first_line.startswith(LONG) and not function.is_long)
        or (function.first_line.lower().startswith(f"# {MANY}") and not function.has_many_arguments)
    ]
    assert idle == []


@pytest.mark.parametrize(
    ("source", "is_long"), [("def f():\n" + "    x = 1\n" * 60, False), ("def f():\n" + "    x = 1\n" * 61, True)]
)
def test_a_body_is_measured_without_its_docstring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, is_long: bool
) -> None:
    monkeypatch.setattr(f"{__name__}.PACKAGE", tmp_path)
    path = tmp_path / "one.py"
    path.write_text(source.replace("\n", '\n    """Do it.\n\n    In words.\n    """\n', 1), encoding="utf-8")
    assert [function.is_long for function in list_functions(path)] == [is_long]
