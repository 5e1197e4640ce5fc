"""ModifyReviewTemplate: changes a template of reviews."""

from minivod.actions.template_actions import modifies
from minivod.templates.kinds import REVIEW

ACTION = modifies(REVIEW)
