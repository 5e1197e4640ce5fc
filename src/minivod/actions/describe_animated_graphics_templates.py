"""DescribeAnimatedGraphicsTemplates: lists templates of animated graphics."""

from minivod.actions.template_actions import describes
from minivod.templates.kinds import ANIMATED_GRAPHICS

ACTION = describes(ANIMATED_GRAPHICS)
