"""`minivod doctor` says what services are not asked, and its `signature` what it cannot read."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from minivod.cli.doctor import app, services, unreachable_services
from minivod.cli.report import Line
from minivod.review.chosen_services import services_of
from minivod.settings import Settings


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"hello", b"GET", b"\n\n\n", b"POST / HTTP/1.1\nno colon\n\n"]
)
def test_what_is_no_request(content: bytes) -> None:
    done = CliRunner().invoke(app, ["signature", "-"], input=content)
    assert done.exit_code == 2
    assert done.stderr.startswith("minivod: standard input is not a captured request: ")


def test_what_cannot_be_read(tmp_path: Path) -> None:
    for source in (tmp_path / "none", tmp_path, "00000000-0000-4000-8000-000000000000"):
        done = CliRunner().invoke(app, ["signature", str(source), "--data-dir", str(tmp_path)])
        assert done.exit_code == 2
        assert "is neither the RequestId of a kept failure" in done.stderr


def test_nothing_is_kept(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["signature", "--data-dir", str(tmp_path)])
    assert (done.exit_code, done.stdout) == (0, f"no refused request is kept in {tmp_path / 'failed-signatures'}\n")


def test_what_wechat_is_not_asked_is_told() -> None:
    settings = Settings(
        review_wechat_appid="wx0", review_wechat_secret="hunter2", review_wechat_url="https://93.184.215.14"
    )
    asked, missing = services(settings, services_of(settings))
    assert asked.words == "wechat is asked about Political, Porn; `minivod review try-service wechat` tries it"
    assert (missing.state, missing.words.partition(":")[0]) == ("note", "WeChat is asked about no text")
    assert list(services(Settings(), ())) == []


def test_a_service_that_is_not_called_is_told() -> None:
    def lookup(host: str) -> list[str]:
        if host == "absent.example":
            raise OSError(-2, "Name or service not known")
        return ["10.0.0.1", "fe80::1%eth0"]

    def told(host: str, **more: Any) -> list[Line]:
        return list(unreachable_services(Settings(review_http_url=f"http://{host}:8099/x", **more), lookup))

    [inside], [absent] = told("inside.example"), told("absent.example")
    assert inside.state == absent.state == "bad" and "absent.example has no address (Name" in absent.words
    assert "leads to 10.0.0.1; the setting review_service_networks would allow it" in inside.words
    assert told("inside.example", review_service_networks=["10.0.0.0/8"]) == []
    assert list(unreachable_services(Settings(), lookup)) == []
