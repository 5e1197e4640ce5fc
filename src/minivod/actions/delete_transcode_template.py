"""DeleteTranscodeTemplate: deletes a transcoding template."""

from minivod.actions.template_actions import deletes
from minivod.templates.kinds import TRANSCODE

ACTION = deletes(TRANSCODE)
