"""DeleteImageSpriteTemplate: deletes a template of image sprites."""

from minivod.actions.template_actions import deletes
from minivod.templates.kinds import IMAGE_SPRITE

ACTION = deletes(IMAGE_SPRITE)
