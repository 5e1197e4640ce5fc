"""ModifyTranscodeTemplate: changes a transcoding template."""

from minivod.actions.template_actions import modifies
from minivod.templates.kinds import TRANSCODE

ACTION = modifies(TRANSCODE)
