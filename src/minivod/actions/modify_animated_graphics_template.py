"""ModifyAnimatedGraphicsTemplate: changes a template of animated graphics."""

from minivod.actions.template_actions import modifies
from minivod.templates.kinds import ANIMATED_GRAPHICS

ACTION = modifies(ANIMATED_GRAPHICS)
