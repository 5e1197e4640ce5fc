"""Imports point downward only, and what only one place may do is done in that place (docs/architecture.md)."""

import ast
import re
from collections.abc import Callable

import pytest

from .source import Module, broken, modules

# From top to bottom: a part imports parts of lower rows only, and none of its own row.
LAYERS: tuple[frozenset[str], ...] = tuple(
    map(
        frozenset,
        (
            {"__main__"},
            {"cli"},
            {"app", "jobs", "serving"},
            {"console", "ugc", "player"},
            {"health", "playback", "cos", "api"},
            {"actions"},
            {"ingest"},
            {"callbacks"},
            {"processing"},
            {"publishing"},
            {"wire"},
            {"tasking"},
            {"review"},
            {"media"},
            {"templates"},
            {"store", "upload", "secret_ids"},
            {
                "objects",
                "shapes",
                "urls",
                "logs",
                "metrics",
                "errors",
                "ids",
                "clock",
                "addresses",
                "asgi",
                "access_log",
                "file_form",
                "conditions",
            },
            {"egress", "messages", "webhooks"},
            {"egress_connections"},
            {"egress_failures"},
            {"proxies", "addresses", "destinations", "settings_page", "settings_sources"},
            {"settings", "certificates", "lean", "origins"},
            {"settings_services"},
            {"settings_words"},
            {"__init__"},
        ),
    )
)
LEVELS = {part: level for level, layer in enumerate(LAYERS) for part in layer}

# What only these modules may import: whoever starts a process or opens a connection is found at a glance.
ONLY = {
    "subprocess": {"media.sandbox"},
    "multiprocessing": set(),
    "pty": set(),
    "httpx": {"cli.demo"},
    "requests": set(),
    "aiohttp": {"egress", "egress_connections", "egress_failures"},
    "yarl": {"egress"},
    "urllib3": set(),
    "httpcore": set(),
    "websockets": set(),
    "urllib.request": {"proxies"},  # asks it which proxy the environment names
    "http.client": {"cli.serve"},  # asks its own API whether it is ready
    "tccli": set(),
}
HTTP = ("starlette", "uvicorn")
SERVES_HTTP = {"app", "conditions", "serving", "console", "health", "api", "cos", "ugc", "player", "playback", "cli"}
STARTS_PROCESSES = re.compile(r"create_subprocess_|os\.(system|popen|spawn|fork|posix_spawn)|os\.exec")
SQL = re.compile(r"\s*(select|insert into|update|delete from|with)\s.*\b(from|into|set|values)\b", re.DOTALL)


def imports_point_downward(module: Module) -> None:
    assert module.part in LEVELS, f"{module.part} has no layer yet"
    for name in module.imports():
        if name.split(".")[0] != "minivod":
            continue
        part = name.split(".")[1]
        if part in LEVELS and part != module.part:
            assert LEVELS[part] > LEVELS[module.part], f"{module.name} imports {name}, which does not lie below it"


def what_only_one_place_may_import(module: Module) -> None:
    for name in module.imports():
        for restricted, allowed in ONLY.items():
            if name == restricted or name.startswith(f"{restricted}."):
                assert module.name in allowed, f"{module.name} imports {name}"
        if name.startswith(HTTP):
            assert module.part in SERVES_HTTP, f"{module.name} knows of HTTP"


def processes_are_started_in_one_place(module: Module) -> None:
    if module.name not in ("media.sandbox", "media.confine", "media.fork_server"):
        assert not STARTS_PROCESSES.search(module.text)


def sql_lives_in_the_store(module: Module) -> None:
    if module.part == "store":
        return
    docstrings = {
        id(node.body[0].value)
        for node in module.nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in module.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            assert not SQL.match(node.value), f"{module.name}, line {node.lineno}"


RULES = (
    imports_point_downward,
    what_only_one_place_may_import,
    processes_are_started_in_one_place,
    sql_lives_in_the_store,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_everywhere(rule: Callable[[Module], None]) -> None:
    assert broken(rule) == []


def test_the_layers_name_nothing_that_is_gone() -> None:
    assert set(LEVELS) - {module.part for module in modules()} == set()


def test_the_rules_can_fail() -> None:
    """A module that breaks them is caught."""
    text = (
        "import subprocess\nfrom minivod.cli import app\n"
        "QUERY = 'select 1 from task'\nawait asyncio.create_subprocess_exec()"
    )
    bad = Module("store.bad", text)
    for rule in (
        imports_point_downward,
        what_only_one_place_may_import,
        processes_are_started_in_one_place,
    ):
        with pytest.raises(AssertionError):
            rule(bad)
    with pytest.raises(AssertionError):
        sql_lives_in_the_store(Module("media.bad", text))
