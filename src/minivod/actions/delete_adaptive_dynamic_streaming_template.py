"""DeleteAdaptiveDynamicStreamingTemplate: deletes a template of adaptive streams."""

from minivod.actions.template_actions import deletes
from minivod.templates.kinds import ADAPTIVE_DYNAMIC_STREAMING

ACTION = deletes(ADAPTIVE_DYNAMIC_STREAMING)
