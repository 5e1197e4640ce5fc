"""CreateTranscodeTemplate: makes a transcoding template."""

from minivod.actions.template_actions import creates
from minivod.templates.kinds import TRANSCODE

ACTION = creates(TRANSCODE)
