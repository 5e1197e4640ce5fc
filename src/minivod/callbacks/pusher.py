"""The loop of a worker that makes callbacks: takes what is due, calls, and notes what came of it.

Nothing is remembered here: deliveries are rows with leases. What a killed worker had taken is sent again by another
one when its lease ends, with the same webhook-id.
"""

import asyncio
import contextlib
from uuid import uuid4

import psycopg
import structlog

from minivod.callbacks.schedule import pause_after
from minivod.callbacks.sender import Outcome, Sender, shown
from minivod.store import event_deliveries
from minivod.store.bell import DeliveryBell
from minivod.store.database import Database
from minivod.store.event_deliveries import Call, Due
from minivod.wire.events import content

log = structlog.get_logger(__name__)
SLOTS = 128
"""Calls that one worker makes at a time, for all receivers together."""
_LEASE_MARGIN = 30.0
"""Seconds that a lease is longer than a call may take: for the database."""
_HAND_BACK_SECONDS = 5.0
_LOOK_AGAIN = 5.0
"""Seconds after which it is looked for what is due when nothing rings."""


class Pusher:
    """One worker's; several workers may have one each."""

    def __init__(self, db: Database, sender: Sender, bell: DeliveryBell, *, most: int, grace: float = 0.0) -> None:
        """What it works with.

        Args:
            db: the database; some three connections are enough.
            sender: makes the calls.
            bell: rings when a delivery is due at once.
            most: calls at a time of one application, of all workers together.
            grace: seconds that calls under way have at the end.
        """
        self._db = db
        self._sender = sender
        self._bell = bell
        self._most = most
        self._grace = grace
        self._lease = uuid4()
        self._calls: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Works until it is cancelled, or the database fails; calls under way are then waited for, or handed back."""
        with self._bell.calling(DeliveryBell.ALL, self._wake.set):
            try:
                while True:
                    self._wake.clear()
                    await self.turn()
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(_LOOK_AGAIN):
                            await self._wake.wait()
            except asyncio.CancelledError:
                await self._stop()
                raise

    async def turn(self) -> int:
        """Begins the calls that are due and for which there is room; how many."""
        free = SLOTS - len(self._calls)
        if free <= 0:
            return 0
        seconds = self._sender.timeout + _LEASE_MARGIN
        found = await event_deliveries.claim(self._db, self._lease, slots=free, most=self._most, seconds=seconds)
        for due in found:
            task = asyncio.create_task(self._deliver(due))
            self._calls.add(task)
            task.add_done_callback(self._done)
        return len(found)

    async def idle(self) -> None:
        """Waits for the calls that are under way."""
        while self._calls:
            await asyncio.wait(self._calls)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._calls.discard(task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()):
            # The lease ends, and the event is sent again.
            log.error("callback_not_noted", reason=f"{type(error).__name__}: {error}")

    async def _deliver(self, due: Due) -> None:
        secrets = [secret for secret in (due.secret, due.old_secret) if secret]
        try:
            told = content(due.kind, due.payload)
            outcome = await self._sender.send(due.url, due.message_id, told, secrets, due.sign_key)
        except Exception:  # a mistake of ours must not send an event without pause, for ever
            log.exception("callback_failed", webhook_id=due.message_id)
            outcome = Outcome(status=None, error="internal", words="the call failed for a mistake of ours", seconds=0.0)
        await self._note(due, outcome)

    async def _note(self, due: Due, outcome: Outcome) -> None:
        call = Call(
            url=shown(due.url),
            status=outcome.status,
            seconds=outcome.seconds,
            error=outcome.error,
            words=outcome.words,
        )
        told = log.bind(sub_app_id=due.sub_app_id, webhook_id=due.message_id, url=call.url, status=call.status)
        if not outcome.error:
            await event_deliveries.succeeded(self._db, due, self._lease, call)
            told.info("callback_delivered", seconds=round(call.seconds, 3))
            return
        if outcome.gone:
            if await event_deliveries.gone(self._db, due, self._lease, call):
                told.error("callbacks_stopped", reason="the receiver answered 410; its events wait for another URL")
            return
        pause = pause_after(due.failures + 1, outcome.retry_after)
        await event_deliveries.failed(self._db, due, self._lease, call, pause)
        if pause is None:
            told.error("callback_given_up", failures=due.failures + 1, reason=call.words)
            return
        told.warning("callback_failed", failures=due.failures + 1, reason=call.words, again_in=round(pause))
        if pause < 2 * _LOOK_AGAIN:
            asyncio.get_running_loop().call_later(pause, self._wake.set)

    async def _stop(self) -> None:
        if self._calls:
            await asyncio.wait(self._calls, timeout=self._grace)
        for call in tuple(self._calls):
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        try:
            async with asyncio.timeout(_HAND_BACK_SECONDS):
                await event_deliveries.hand_back(self._db, self._lease)
        except (TimeoutError, psycopg.Error) as error:  # the leases end by themselves
            log.warning("callbacks_not_handed_back", reason=type(error).__name__)
