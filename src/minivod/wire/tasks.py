"""Kinds of tasks, as the wire names them."""

from minivod.store.publications import KIND
from minivod.wire.procedure import PROCEDURE

TASK_TYPES = {KIND: "WechatMiniProgramPublish", PROCEDURE: "Procedure"}
"""TaskType, by kind."""
