"""The service that docs/review.md shows is a whole one: it runs, and a publication's review is decided by it."""

import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from minivod.review.asking import Asking
from minivod.review.chosen_services import with_services
from minivod.review.detectors import DetectorSet
from minivod.review.http_service import HttpService
from minivod.review.model import Image, Sample
from minivod.review.policy import Policy
from minivod.review.run import review
from minivod.review.services import Batch, ServiceAway, Shown
from minivod.settings import Settings
from minivod.webhooks import new_secret

from .test_http_service import PATIENCE_IN_ALL, Pauses
from .test_outside import Reading
from .test_run import scenes, stream

PAGE = Path(__file__).parents[3] / "docs" / "review.md"


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    """The names of the module on the page."""
    section = PAGE.read_text(encoding="utf-8").partition("## A service from outside")[2]
    names: dict[str, Any] = {"__name__": "example"}
    exec(section.partition("```python\n")[2].partition("```")[0], names)
    names["Service"].log_message = lambda *_: None
    return names


@pytest.fixture(scope="module")
def port(example: dict[str, Any]) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), example["Service"])
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def settings(port: int, secret: str) -> Settings:
    return Settings(
        review_http_url=f"http://127.0.0.1:{port}/", review_http_secret=secret, review_service_patience=PATIENCE_IN_ALL,
        review_http_categories=["Terrorism", "Political.Asr"], review_service_networks=["127.0.0.1/32"],
    )  # fmt: skip


class Sees(Reading):
    """A detector that reads something at one time."""

    def inspect_and_read(self, sample: Sample) -> tuple[list[Any], str]:
        return [], "a forbidden flag" if sample.time == 2 else "nothing"


async def test_the_example_judges(example: dict[str, Any], port: int, still: Callable[[float, Image], Sample]) -> None:
    detectors = with_services(DetectorSet((Sees(),)), settings(port, example["SECRET"]))
    assert detectors.covered == ["Porn", "Terrorism"]  # nothing here writes down what is said
    result = await review(stream(scenes(still, 4)), detectors, Policy())
    assert result.record.message == "Rejected: Terrorism: a flag at 00:00:02 (confidence 99)"
    assert result.record.services == {"http": "example 1"}
    assert list(result.thumbnails) == [result.record.findings[0].evidence]


async def test_the_example_takes_nothing_from_others(
    port: int, still: Callable[[float, Image], Sample], capsys: pytest.CaptureFixture[str]
) -> None:
    given = settings(port, new_secret())
    service = HttpService(given, Asking("http", given.review_http_url, given, sleep=Pauses()))
    [sample] = scenes(still, 1)
    with pytest.raises(ServiceAway):
        await service.judge(Batch([Shown(0, sample.image, "")]))
    assert "WebhookVerificationError" in capsys.readouterr().err
