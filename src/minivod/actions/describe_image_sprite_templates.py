"""DescribeImageSpriteTemplates: lists templates of image sprites."""

from minivod.actions.template_actions import describes
from minivod.templates.kinds import IMAGE_SPRITE

ACTION = describes(IMAGE_SPRITE)
