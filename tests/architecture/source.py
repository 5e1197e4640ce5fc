"""The package's own source, parsed: what the tests of its architecture look at."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import minivod

ROOT = Path(minivod.__file__).parent


@dataclass(frozen=True)
class Module:
    """A module by its dotted name below `minivod`."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Parsed by the test that looks: every process collects these tests, and one runs them."""
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All of it; to walk through a tree takes longer than to parse it, and many rules look at each."""
        return tuple(ast.walk(self.tree))

    @property
    def part(self) -> str:
        """The package or module directly below `minivod` that it belongs to."""
        return self.name.split(".")[0]

    def imports(self) -> Iterator[str]:
        """Absolute dotted names of everything that it imports, wherever in the file."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{self.name} has a relative import, which says less than an absolute one"
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the package."""
    return tuple(_module(path) for path in sorted(ROOT.rglob("*.py")))


def _module(path: Path) -> Module:
    parts = path.relative_to(ROOT).with_suffix("").parts
    name = ".".join(parts if parts[-1] != "__init__" or len(parts) == 1 else parts[:-1])
    return Module(name, path.read_text(encoding="utf-8"))


def broken(rule: Callable[[Module], None]) -> list[str]:
    """What breaks a rule, in all modules: one test for each rule, for collecting thousands takes long."""
    found = []
    for module in modules():
        try:
            rule(module)
        except AssertionError as error:
            found.append(f"{module.name}: {error}")
    return found
