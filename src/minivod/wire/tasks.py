"""Kinds of tasks, as the wire names them."""

from minivod.store.media_reviews import REVIEW
from minivod.store.publications import KIND
from minivod.store.pulls import PULL
from minivod.wire.procedure import PROCEDURE

TASK_TYPES = {
    KIND: "WechatMiniProgramPublish", PROCEDURE: "Procedure", PULL: "PullUpload", REVIEW: "ReviewAudioVideo"
}  # fmt: skip
"""TaskType, by kind."""
