"""CreateAnimatedGraphicsTemplate: makes a template of animated graphics."""

from minivod.actions.template_actions import creates
from minivod.templates.kinds import ANIMATED_GRAPHICS

ACTION = creates(ANIMATED_GRAPHICS)
