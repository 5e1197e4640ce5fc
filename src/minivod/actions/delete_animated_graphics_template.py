"""DeleteAnimatedGraphicsTemplate: deletes a template of animated graphics."""

from minivod.actions.template_actions import deletes
from minivod.templates.kinds import ANIMATED_GRAPHICS

ACTION = deletes(ANIMATED_GRAPHICS)
