"""Modules and functions stay small enough to read.

The bounds: 400 lines are what fits into one sitting, and no module of the code bases that this project took as its
models is pleasant above it. A function of 40 lines still fits on one screen; nine in ten stay below 20, so that most
are read at a glance. Docstrings do not count for functions: nobody shall save on them.
"""

import ast
import statistics
from collections.abc import Callable

import pytest

from .source import Module, broken, modules

LONGEST_MODULE = 400
MEDIAN_MODULE = 130
LONGEST_FUNCTION = 40
NINE_IN_TEN_FUNCTIONS = 20
LONGEST_HEADLINE = 120


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    docstring = ast.get_docstring(function, clean=False)
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1 - (len(docstring.splitlines()) if docstring else 0)


def modules_and_functions_are_short(module: Module) -> None:
    assert len(module.text.splitlines()) <= LONGEST_MODULE
    for function in module.functions():
        assert length(function) <= LONGEST_FUNCTION, f"{module.name}.{function.name}"


def a_module_says_its_job_in_its_first_line(module: Module) -> None:
    docstring = ast.get_docstring(module.tree)
    assert docstring, f"{module.name} has no docstring"
    assert 10 <= len(docstring.splitlines()[0]) <= LONGEST_HEADLINE


RULES = (modules_and_functions_are_short, a_module_says_its_job_in_its_first_line)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_everywhere(rule: Callable[[Module], None]) -> None:
    assert broken(rule) == []


def test_most_are_much_shorter() -> None:
    lengths = sorted(length(function) for module in modules() for function in module.functions())
    assert lengths[len(lengths) * 9 // 10] <= NINE_IN_TEN_FUNCTIONS
    assert statistics.median(len(module.text.splitlines()) for module in modules()) <= MEDIAN_MODULE


def test_the_bounds_can_fail() -> None:
    text = "def long():\n" + "    pass\n" * 400
    bad = Module("bad", text)
    for rule in (modules_and_functions_are_short, a_module_says_its_job_in_its_first_line):
        with pytest.raises(AssertionError):
            rule(bad)
