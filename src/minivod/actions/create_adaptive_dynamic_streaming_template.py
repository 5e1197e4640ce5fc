"""CreateAdaptiveDynamicStreamingTemplate: makes a template of adaptive streams."""

from minivod.actions.template_actions import creates
from minivod.templates.kinds import ADAPTIVE_DYNAMIC_STREAMING

ACTION = creates(ADAPTIVE_DYNAMIC_STREAMING)
