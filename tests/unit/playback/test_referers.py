"""Which Referers are allowed, by white lists and black ones."""

from typing import Any

import pytest

from minivod.playback.referers import allowed
from minivod.store.distributions import REFERER

MATCHES: dict[str, tuple[list[str], list[str]]] = {
    "example.com": (
        ["http://example.com", "https://example.com/", "https://EXAMPLE.com:8443/a?b#c", "example.com/x",
         "https://example.com./", "https://user@example.com/", "https://example.com:99999/", "https://example.com:x/",
         "https://example.com:-1/", "//example.com/x"],
        ["https://example.com.cn/", "https://www.example.com/", "https://badexample.com/", "https://example.co",
         "https://evil.test/example.com", "https://example.com@evil.test/", "https://evil.test\\@example.com/", "https://evil.test/?example.com",
         "null", "about:blank", "https://[::1", "https://", "-"],
    ),
    "*.example.com": (
        ["https://www.example.com/", "https://a.b.example.com"],
        ["https://example.com/", "https://badexample.com/", "https://.example.com.evil.test", "https://www.example.com.cn"],
    ),
    "Example.com:8080": (["http://example.com:8080/"], ["http://example.com/", "http://example.com:80801/"]),
    "example.com/News": (["https://example.com/News/1", "https://example.com/Newspaper"], ["https://example.com/news"]),
    "example.com:443": (["https://example.com/", "https://example.com:443/"], ["http://example.com/", "example.com/"]),
    "example.com:80": (["http://example.com", "HTTP://example.com:80/"], ["https://example.com/", "example.com"]),
    "example.com/": (["https://example.com", "https://example.com/", "example.com"], ["https://example.org"]),
    "192.0.2.7": (["http://192.0.2.7/page"], ["http://192.0.2.70/"]),
}  # fmt: skip
"""Entries of a list, and Referers that are and are not meant."""


def rule(kind: str, entries: list[str], blank: str = "No") -> dict[str, Any]:
    return {"Status": "Enabled", "AuthType": kind, "Referers": entries, "BlankRefererAllowed": blank}


@pytest.mark.parametrize("entry", MATCHES)
def test_entries(entry: str) -> None:
    meant, others = MATCHES[entry]
    for referer, is_meant in [*((one, True) for one in meant), *((one, False) for one in others)]:
        assert allowed(rule("White", ["other.test", entry]), [referer]) == is_meant, referer
        assert allowed(rule("Black", ["other.test", entry]), [referer]) != is_meant, referer


@pytest.mark.parametrize("kind", ["White", "Black"])
@pytest.mark.parametrize("given", [[], [""], ["  "]])
def test_blank(kind: str, given: list[str]) -> None:
    assert allowed(rule(kind, ["example.com"], "Yes"), given)
    assert not allowed(rule(kind, ["example.com"], "No"), given)


def test_two_headers_must_both_be_allowed() -> None:
    both = ["https://example.com/", "https://evil.test/"]
    assert not allowed(rule("White", ["example.com"]), both)
    assert not allowed(rule("Black", ["evil.test"]), both)


@pytest.mark.parametrize("entry", MATCHES)
def test_such_entries_are_accepted(entry: str) -> None:
    assert REFERER.fullmatch(entry)


@pytest.mark.parametrize(
    "entry", ["", "*", "*.", "http://example.com", "exam ple.com", "*example.com", "a.*.com", ".com", "a..b", "例.com",
              "example.com:", "example.com/\n", "example.com:0", "example.com:65536", "example.com:99999",
              "example.com/a?b=1", "example.com/#a",
              "a" * 64 + ".com"],
)  # fmt: skip
def test_others_are_not(entry: str) -> None:
    assert not REFERER.fullmatch(entry)
