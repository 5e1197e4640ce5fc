"""A publication whose reviewer from outside is away: it waits, or its verdict is not used again."""

import pytest

from minivod.media.sandbox import Limits, Sandbox
from minivod.publishing.publisher import Publisher
from minivod.review.detectors import DetectorSet
from minivod.review.policy import Policy
from minivod.review.services import ServiceAway

from ..review.test_outside import Asked, away, flag
from .test_verdicts import Case, case, clip, stage

__all__ = ["case", "clip", "stage"]


class Served(Case):
    """Where a service is asked too."""

    service: Asked

    def publisher(self) -> Publisher:
        return Publisher(
            db=self.stage.db, objects=self.stage.objects, sandbox=Sandbox(Limits()), interval=1.0, max_duration=60.0,
            detectors=DetectorSet((self.detector,), services=(self.service,)), policy=Policy(), digest="as ever",
        )  # fmt: skip


@pytest.fixture
def served(case: Case) -> Served:
    case.__class__ = Served
    assert isinstance(case, Served)
    return case


async def test_it_waits_and_then_is_judged(served: Served) -> None:
    served.service = Asked(away)
    with pytest.raises(ServiceAway):  # an OSError: `tasking.attempt` hands the task back, and does not count it
        await served.publish()
    await served.stage.db.execute("delete from publication")
    served.service = Asked(flag(0, 9, 98), categories=["Terrorism"])
    task, _ = await served.publish()
    assert (task.result, task.message[:29]) == ("Rejected", "Rejected: Terrorism: a flag a")


async def test_a_verdict_without_the_service_is_not_used_again(served: Served) -> None:
    served.service = Asked(away, "uncovered")
    first, seen = await served.publish()
    served.service = Asked(flag(0, 9, 98), "uncovered")
    second, again = await served.publish()
    assert (first.result, second.result) == ("Pass", "Rejected")
    assert seen == again > 0
