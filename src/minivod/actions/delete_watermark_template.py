"""DeleteWatermarkTemplate: deletes a watermark template."""

from minivod.actions.template_actions import deletes
from minivod.templates.kinds import WATERMARK

ACTION = deletes(WATERMARK)
