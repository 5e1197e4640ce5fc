"""DescribeAdaptiveDynamicStreamingTemplates: lists templates of adaptive streams."""

from minivod.actions.template_actions import describes
from minivod.templates.kinds import ADAPTIVE_DYNAMIC_STREAMING

ACTION = describes(ADAPTIVE_DYNAMIC_STREAMING)
