"""ModifyImageSpriteTemplate: changes a template of image sprites."""

from minivod.actions.template_actions import modifies
from minivod.templates.kinds import IMAGE_SPRITE

ACTION = modifies(IMAGE_SPRITE)
