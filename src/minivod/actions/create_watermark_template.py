"""CreateWatermarkTemplate: makes a watermark template."""

from minivod.actions.template_actions import creates
from minivod.actions.watermark_picture import CreatedShown, created, keep_new
from minivod.templates.kinds import WATERMARK

ACTION = creates(WATERMARK, response=CreatedShown, keep=keep_new, answer=created)
