"""The event queue against a model of thirty lines (hypothesis, stateful), with time moved in the database."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from minivod.store import accounts, events
from minivod.store.database import Database

T = TypeVar("T")
VISIBILITY, RETENTION = 30, 4 * 86400


class Queue(RuleBasedStateMachine):
    """The model: events with the second at which each becomes visible, and the handles that are valid."""

    database_url = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.db = self.do(Database(self.database_url).open())
        self.app = self.do(self.new_account())
        self.clock = 0
        self.waiting: dict[str, tuple[int, int]] = {}  # subject -> (created, visible)
        self.handles: dict[str, tuple[str, int]] = {}  # handle -> (subject, valid until)
        self.number = 0

    def do(self, step: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(step)

    async def new_account(self) -> int:
        async with self.db.transaction() as connection:
            return await accounts.create_account(connection)

    async def add(self, subject: str) -> None:
        async with self.db.transaction() as connection:
            await events.append(connection, self.app, "FileDeleted", subject, {"subject": subject})

    @rule(count=st.integers(1, 20))
    def append(self, count: int) -> None:
        for _ in range(count):
            self.number += 1
            subject = f"{self.app}-{self.number}"
            self.do(self.add(subject))
            self.waiting[subject] = (self.clock, self.clock)

    @rule(seconds=st.sampled_from([1, 15, 29, 31, 3600, RETENTION]))
    def time_passes(self, seconds: int) -> None:
        self.clock += seconds
        self.do(
            self.db.execute(
                """update event set created_at = created_at - %(by)s * interval '1 second',
                                    visible_at = visible_at - %(by)s * interval '1 second'
                    where sub_app_id = %(app)s""",
                {"by": seconds, "app": self.app},
            )
        )

    @rule()
    def pull(self) -> None:
        due = [
            subject
            for subject, (created, visible) in self.waiting.items()
            if visible <= self.clock and self.clock - created < RETENTION
        ][:16]
        found = self.do(events.pull(self.db, self.app))
        assert [event.payload["subject"] for event in found] == due
        for event, subject in zip(found, due, strict=True):
            self.handles = {key: value for key, value in self.handles.items() if value[0] != subject}
            self.handles[event.handle] = (subject, self.clock + VISIBILITY)
            self.waiting[subject] = (self.waiting[subject][0], self.clock + VISIBILITY)

    @precondition(lambda self: self.handles)
    @rule(data=st.data(), stray=st.booleans())
    def confirm(self, data: st.DataObject, stray: bool) -> None:
        chosen = data.draw(st.lists(st.sampled_from(sorted(self.handles)), min_size=1, max_size=4, unique=True))
        asked = [*chosen, "stray"] if stray else chosen
        expected = [handle for handle in asked if handle == "stray" or self.handles[handle][1] <= self.clock]
        assert self.do(events.confirm(self.db, self.app, asked)) == expected
        if not expected:
            for handle in chosen:
                self.waiting.pop(self.handles[handle][0], None)

    def teardown(self) -> None:
        self.do(self.db.close())
        self.loop.close()


def test_the_queue_behaves_like_its_model(database_url: str) -> None:
    Queue.database_url = database_url
    run_state_machine_as_test(
        Queue,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
