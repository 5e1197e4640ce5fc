"""ModifyAdaptiveDynamicStreamingTemplate: changes a template of adaptive streams."""

from minivod.actions.template_actions import modifies
from minivod.templates.kinds import ADAPTIVE_DYNAMIC_STREAMING

ACTION = modifies(ADAPTIVE_DYNAMIC_STREAMING)
