"""ModifyWatermarkTemplate: changes a watermark template."""

from minivod.actions.template_actions import modifies
from minivod.actions.watermark_picture import Shown, changed, keep
from minivod.templates.kinds import WATERMARK

ACTION = modifies(WATERMARK, response=Shown, keep=keep, answer=changed)
