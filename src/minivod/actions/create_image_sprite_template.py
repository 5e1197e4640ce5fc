"""CreateImageSpriteTemplate: makes a template of image sprites."""

from minivod.actions.template_actions import creates
from minivod.templates.kinds import IMAGE_SPRITE

ACTION = creates(IMAGE_SPRITE)
