"""Which proxy is between here and a URL, by the variables that clients read."""

import os
from collections.abc import Iterator

import pytest

from minivod import proxies

DEAD = "http://user:hunter2@127.0.0.1:1"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name == "AWS_PROXY_URL":
            monkeypatch.delenv(name)
    yield


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
def test_the_variable_and_the_way_around_are_named(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, DEAD)
    assert proxies.advice("https://s3.example.com:9000/bucket") == (
        f"through the proxy http://user:***@127.0.0.1:1, which the variable {variable} names; to go there without it, "
        f"set no_proxy=s3.example.com, or unset {variable}"
    )


def test_a_proxy_of_another_scheme_is_not_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", DEAD)
    assert proxies.advice("http://s3.example.com") == ""


@pytest.mark.parametrize(
    ("no_proxy", "url", "between"),
    [
        ("example.com", "http://s3.example.com", False),
        (".example.com", "http://s3.example.com", False),
        ("s3.example.com:9000", "http://s3.example.com:9000", False),
        ("s3.example.com:9001", "http://s3.example.com:9000", True),
        ("10.1.2.3:9000", "http://10.1.2.3:9000", True),  # as `requests` has it, and obstore
        ("10.1.2.3", "http://10.1.2.3:9000", False),
        ("example.com", "http://example.org", True),
        ("*", "http://example.org", False),
        ("a.example, 10.0.0.0/8", "http://10.1.2.3:9000", False),
        ("10.0.0.0/8", "http://11.1.2.3", True),
        ("10.0.0.0/8", "http://minio", True),
        ("nonsense/99", "http://10.1.2.3", True),
        ("fd00::/8", "http://[fd00::1]:9000", False),
    ],
)
def test_no_proxy(monkeypatch: pytest.MonkeyPatch, no_proxy: str, url: str, between: bool) -> None:
    monkeypatch.setenv("http_proxy", "proxy:3128")
    monkeypatch.setenv("no_proxy", no_proxy)
    assert ("through the proxy http://proxy:3128" in proxies.advice(url)) is between


def test_a_variable_of_the_client_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://another:1")
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("AWS_PROXY_URL", DEAD)
    assert proxies.advice("http://s3", own="AWS_PROXY_URL") == (
        "through the proxy http://user:***@127.0.0.1:1, which the variable AWS_PROXY_URL names; to go there without "
        "it, unset AWS_PROXY_URL"
    )


def test_forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", DEAD)
    proxies.forget()
    assert proxies.advice("http://127.0.0.1:9050") == ""
