"""A real worker publishes, calls the receiver, and is killed before anybody knows whether that has the event."""

import asyncio
from datetime import timedelta
from typing import Any

from minivod.actions import modify_event_config
from minivod.store import event_configs, event_log
from minivod.webhooks import new_secret

from ..unit.callbacks import receivers
from ..unit.callbacks.receivers import OPEN, answer, receiver, settings
from ..waiting import PATIENCE, until
from .yard import Yard

CALLING: dict[str, Any] = {
    "egress_networks": ",".join(OPEN["egress_networks"]),
    "egress_ports": ",".join(OPEN["egress_ports"]),
}


async def test_a_worker_that_is_killed_while_it_calls_has_the_event_sent_again(yard: Yard) -> None:
    yard.pace(0)
    async with receiver(receivers.hang) as there:
        wanted = modify_event_config.Request(Mode="PUSH", NotificationUrl=there.url)
        await modify_event_config.change(yard.db, yard.app_id, wanted, settings())
        first = yard.start(**CALLING, push_timeout=PATIENCE)
        task_id = await yard.publish()
        await asyncio.wait_for(there.arrived.wait(), PATIENCE)
        first.kill()
        there.behaviour = answer("200 OK")
        there.arrived.clear()
        await yard.db.execute("update event_delivery set leased_until = leased_until - %s", [timedelta(hours=1)])
        second = yard.start(**CALLING)
        await asyncio.wait_for(there.arrived.wait(), PATIENCE)

        async def noted() -> bool:
            return (await event_log.recent(yard.db, yard.app_id, limit=1))[0].state == "DELIVERED"

        await until(noted, "the delivery is noted")
        second.kill()
    secret = (await event_configs.secrets(yard.db, yard.app_id, new_secret())).secret
    told = [got.verify(secret)["WechatMiniProgramPublishCompleteEvent"] for got in there.received]
    assert [one["TaskId"] for one in told] == [task_id, task_id]
    assert told[0]["PublishResult"] == "Pass" and told[0] == told[1]
    assert len({got.id for got in there.received}) == 1
    await yard.assert_settled([task_id])
