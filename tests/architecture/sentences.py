"""Sentences in the package's source: what may reach a caller of the API, and what is written in it at all."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from .source import Module, modules

PLACE = re.compile(r"\{\w+(?::\w+)?\}")
_SENTENCE = re.compile(r"[\w…)'] [a-z]")
_WORD = re.compile(r"[a-z]{2}")

# What callers of the API never read: output of commands, of the object endpoint and of pages, logs and settings.
OPERATORS = frozenset(
    {
        *(
            "__main__",
            "cli",
            "app",
            "jobs",
            "callbacks",
            "serving",
            "console",  # has a table of its own
            "health",
            "playback",
            "player",
            "cos",
            "file_form",
            "upload",
            "store",
            "objects",
        ),
        *(
            "urls",
            "logs",
            "metrics",
            "access_log",
            "proxies",
            "settings",
            "settings_words",
            "settings_services",
            "settings_page",
            "settings_sources",
            "certificates",
            "lean",
            "messages",
        ),
    }
)
OPERATORS_MODULES = frozenset(
    {
        *(
            "api.captured",
            "api.diagnosis",
            "api.host_guesses",
            "api.hypotheses",
            "api.key_guesses",
            "api.redaction",
        ),  # minivod doctor
        *("media.confine", "media.fork_server", "media.tools"),  # the start of processes
        *("publishing.again", "publishing.report", "publishing.showing"),  # minivod review
        *("templates.page", "templates.page_chinese", "templates.page_texts", "templates.presets"),  # docs, and names
    }
)
REVIEW = frozenset(
    {
        *("review.policy", "review.run", "review.checking", "review.disguise", "review.wechat"),
        # why a type is not covered, which the console shows
        *("review.detectors", "review.nudity", "review.nudenet", "review.speech", "review.whisper"),
    }
)
"""Modules of the review whose sentences callers or users of the console read; the others speak with operators."""
OPERATORS_ERRORS = frozenset({"SettingsError", "DetectorError", "RuntimeError"})
# Sentences beside others that callers read.
OPERATORS_SENTENCES = frozenset(
    {
        "the setting review_thresholds",
        "{} has a wrong value for {}",
        "the setting rate_limit_storage has a wrong value {}: {}",
        "it begins with memory://, or with {}",
        "it needs a package: pip install 'minivod[{}]'",
        "name and reason must be one line of at most {} printable characters, with a name",
        "video {} is not any more as it was when this was decided",  # the console says what happened instead
        "is no number such as 0, 500 or 10G, nor {}",  # `minivod quotas`
        # docs that are made from the code
        "MOV (`.mov`, as iPhones and cameras write it), unless `allow_mov_originals` is set; MKV, WebM, FLV",
        "Extended; High 10, High 4:2:2, High 4:4:4 and their Intra profiles; High in monochrome",
        "Main Still Picture; Range Extensions (12 bit, 4:2:2, 4:4:4, monochrome, Intra); Screen Content Coding; "
        "several layers (spatial video, transparency); fields coded like pictures; Dolby Vision without a base layer "
        "(profile 5)",
        "| part | published | profile | bounds | not published |",
        "container of the original",
        "no other codec",
        "up to {} channels, up to {} Hz",
        # docstrings of types that are made
        "An application has at most {} templates of this kind.",
        "What is left out stays as it is; presets cannot be changed.",
        "What was made by the template stays; presets cannot be deleted.",
        "Templates by definition; a definition that does not exist is left out.",
        "The templates.",
        "A template.",
        "not permitted",  # of an address, which is told like a name that has none
        # parts of messages that are the same in any language, or what messages are told by
        "{} bit, {}",
        "… ({} characters)",
        "{}… ({} characters)",
        "{} ({} characters)",
        "Invalid enum value",
        "no font has the letters",
        # data, and what `minivod doctor` says of the sandbox
        "An adaptive stream, sprites, and a cover",
        "own network namespace",
        "file access by Landlock",
        "system calls by seccomp",
        "unprivileged user",
        "no new privileges, resource limits, process group",
    }
)


class Sentence(NamedTuple):
    """A text of the source: `english` as the table would have it, where it stands, and whether callers may read it."""

    english: str
    where: str
    told: bool

    @property
    def form(self) -> str:
        return form(self.english)


def form(english: str) -> str:
    """The sentence with nameless places: names are the table's own."""
    return PLACE.sub("{}", english)


@cache
def sentences() -> tuple[Sentence, ...]:
    """Every text of the package but the table itself, docstrings of error codes included."""
    return tuple(one for module in modules() if module.part != "messages" for one in of(module))


def of(module: Module) -> Iterator[Sentence]:
    """The texts of a module."""
    ours, comments = _ours(module), _comments(module)
    inside = {id(part) for node in module.nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    told = module.part not in OPERATORS and module.name not in OPERATORS_MODULES
    told = told and (module.part != "review" or module.name in REVIEW)
    texts = [
        node
        for node in module.nodes
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
    ]
    for node in sorted(texts, key=lambda node: node.lineno):
        if id(node) in comments or id(node) in inside:
            continue
        english = _english(node)
        reaches = told and id(node) not in ours and is_sentence(english) and form(english) not in OPERATORS_SENTENCES
        reaches = reaches and not english.startswith("import ")  # a program
        yield Sentence(english, f"src/minivod/{module.name.replace('.', '/')}.py:{node.lineno}", reaches)
    for code in module.tree.body if module.name == "errors" else ():
        if isinstance(code, ast.ClassDef):
            yield Sentence((ast.get_docstring(code) or "").strip(), f"src/minivod/errors.py:{code.lineno}", True)


def is_sentence(english: str) -> bool:
    """Whether it has words beside its places."""
    literals = PLACE.sub("\0", english)
    return bool(_WORD.search(literals)) and bool(_SENTENCE.search(literals.replace("\0", "X")))


def _english(node: ast.JoinedStr | ast.Constant) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    names: dict[str, int] = {}
    said = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            said += str(part.value)
        else:
            assert isinstance(part, ast.FormattedValue)
            name = _name(part.value)
            names[name] = names.get(name, 0) + 1
            said += f"{{{name}{names[name] if names[name] > 1 else ''}}}"
    return said


def _name(node: ast.expr) -> str:
    """A name for a place, by what is written there."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower()
        case ast.Call(args=[first, *_]):
            return _name(first)
        case ast.Call(func=called):
            return _name(called)
        case ast.BoolOp(values=[first, *_]) | ast.Subscript(value=first) | ast.BinOp(left=first):
            return _name(first)
        case _:
            return "value"


def _ours(module: Module) -> set[int]:
    """Texts of logs, patterns, descriptions, and errors that only operators see."""
    found: set[int] = set()
    for node in module.nodes:
        if (isinstance(node, ast.Call) and _is_ours(node.func)) or (
            isinstance(node, ast.keyword) and node.arg == "description"
        ):
            found |= {id(inner) for inner in ast.walk(node)}
    return found


def _is_ours(called: ast.expr) -> bool:
    """Whether it is a call of `log`, of `re.compile`, or of an error that operators see."""
    match called:
        case ast.Attribute(value=ast.Name(id=of), attr=name):
            return of == "log" or (of, name) == ("re", "compile") or name in OPERATORS_ERRORS
        case ast.Name(id=name):
            return name in OPERATORS_ERRORS
        case _:
            return False


def _comments(module: Module) -> set[int]:
    """Docstrings."""
    return {id(node.value) for node in module.nodes if isinstance(node, ast.Expr)}
