"""The events of an application against a small model (hypothesis, stateful; T20), with time moved in the database.

Emitted, pulled, confirmed in time or too late, given back by polls that nobody waits for, expired, sent by callbacks,
and handed from one way to the other: at every moment PullEvents gives what the model says, and nothing is lost.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from minivod.actions import modify_event_config
from minivod.settings import Settings
from minivod.store import accounts, event_deliveries, events
from minivod.store.database import Database
from minivod.store.event_deliveries import Call

T = TypeVar("T")
VISIBILITY, RETENTION, LOG_LIFETIME = 30, 4 * 86400, 9 * 86400


@dataclass
class Told:
    """An event of the model: when it was made, from when on it is visible, and which way it is told."""

    created: int
    visible: int
    pushed: bool


class Queue(RuleBasedStateMachine):
    """The model: events that are not confirmed, by their subject, handles, and when each event was made."""

    database_url = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.db = self.do(Database(self.database_url).open())
        self.app = self.do(self.new_account())
        self.clock = 0
        self.push = False
        self.waiting: dict[str, Told] = {}
        self.created: dict[str, int] = {}
        self.delivered: set[str] = set()
        self.handles: dict[str, tuple[str, int]] = {}  # handle -> (subject, valid until)
        self.number = 0

    def do(self, step: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(step)

    async def new_account(self) -> int:
        async with self.db.transaction() as connection:
            return await accounts.create_account(connection)

    async def add(self, subjects: list[str]) -> None:
        async with self.db.transaction() as connection:
            for subject in subjects:
                await events.append(connection, self.app, "FileDeleted", subject, {"subject": subject})

    def due(self) -> list[str]:
        """What can be pulled now, oldest first."""
        return [
            subject
            for subject, told in self.waiting.items()
            if not told.pushed and told.visible <= self.clock and self.clock - told.created < RETENTION
        ]

    def emit(self, subjects: list[str]) -> None:
        self.do(self.add(subjects))
        for subject in subjects:
            if subject not in self.created:  # a second event of the same subject is dropped
                self.created[subject] = self.clock
                self.waiting[subject] = Told(self.clock, self.clock, self.push)

    @rule(count=st.integers(1, 20))
    def emit_new(self, count: int) -> None:
        self.number += count
        self.emit([f"{self.app}-{number}" for number in range(self.number - count, self.number)])

    @precondition(lambda self: self.number)
    @rule()
    def emit_again(self) -> None:
        self.emit([f"{self.app}-{self.number - 1}"])

    @rule(seconds=st.sampled_from([1, 15, 29, 31, 3600, RETENTION]))
    def time_passes(self, seconds: int) -> None:
        self.clock += seconds
        shift = {"by": timedelta(seconds=seconds), "app": self.app}
        self.do(
            self.db.execute(
                """update event set created_at = created_at - %(by)s, visible_at = visible_at - %(by)s
                    where sub_app_id = %(app)s""",
                shift,
            )
        )

    @rule(abandoned=st.sampled_from([False, False, True]))
    def pull(self, abandoned: bool) -> None:
        due = self.due()[:16]
        found = self.do(events.pull(self.db, self.app))
        assert [event.payload["subject"] for event in found] == due
        for event, subject in zip(found, due, strict=True):
            self.handles = {key: value for key, value in self.handles.items() if value[0] != subject}
            self.handles[event.handle] = (subject, self.clock + VISIBILITY)
            self.waiting[subject].visible = self.clock + VISIBILITY
        if abandoned:
            self.give_back([event.handle for event in found])

    def give_back(self, handles: list[str]) -> None:
        """As the endpoint does it for an answer that nobody took."""
        self.do(events.give_back(self.db, self.app, handles))
        for handle in handles:
            self.waiting[self.handles.pop(handle)[0]].visible = self.clock

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

    @rule()
    def expire(self) -> None:
        """What is too old is deleted, confirmed or not; events of callbacks stay with their log."""
        self.do(events.expire(self.db, timedelta(seconds=LOG_LIFETIME)))
        for subject, created in list(self.created.items()):
            kept = LOG_LIFETIME if subject in self.pushed() else RETENTION
            if self.clock - created >= kept:
                del self.created[subject]
                self.waiting.pop(subject, None)
                self.handles = {handle: value for handle, value in self.handles.items() if value[0] != subject}

    def pushed(self) -> set[str]:
        """What is told by callbacks, delivered or not."""
        return self.delivered | {subject for subject, told in self.waiting.items() if told.pushed}

    @rule(push=st.booleans())
    def switch(self, push: bool) -> None:
        request = modify_event_config.Request(Mode="PUSH" if push else "PULL", NotificationUrl="http://a.example/")
        self.do(modify_event_config.change(self.db, self.app, request, Settings()))
        self.push = push
        for told in self.waiting.values():
            if told.pushed and not push:
                told.pushed, told.visible = False, self.clock

    @precondition(lambda self: self.push)
    @rule(succeeds=st.booleans())
    def call(self, succeeds: bool) -> None:
        """A worker sends what is due, and fails or not; a failure is due again at once."""
        lease = uuid4()
        sent = self.do(event_deliveries.claim(self.db, lease, slots=9, most=4, seconds=60))
        call = Call(url="http://a.example/", status=200, seconds=0.1, error="" if succeeds else "status", words="")
        for due in sent:
            assert self.waiting[due.payload["subject"]].pushed
            if succeeds:
                self.do(event_deliveries.succeeded(self.db, due, lease, call))
                del self.waiting[due.payload["subject"]]
                self.delivered.add(due.payload["subject"])
            else:
                self.do(event_deliveries.failed(self.db, due, lease, call, 0.0))

    @invariant()
    def nothing_is_lost(self) -> None:
        """Each event that the model has is there and told the way it says; the state counts what can be pulled."""
        rows = self.do(
            self.db.fetch_all(
                "select subject, by_push from event where sub_app_id = %s and confirmed_at is null", [self.app]
            )
        )
        assert {row["subject"]: row["by_push"] for row in rows} == {
            subject: told.pushed for subject, told in self.waiting.items()
        }
        assert self.do(events.count(self.db, self.app)) == len(self.due())

    def teardown(self) -> None:
        self.do(self.db.execute("delete from event where sub_app_id = %s", [self.app]))
        self.do(self.db.close())
        self.loop.close()


def test_the_queue_behaves_like_its_model(database_url: str) -> None:
    Queue.database_url = database_url
    run_state_machine_as_test(
        Queue,
        settings=settings(max_examples=12, stateful_step_count=25, suppress_health_check=list(HealthCheck)),
    )
