"""DeleteReviewTemplate: deletes a template of reviews."""

from minivod.actions.template_actions import deletes
from minivod.templates.kinds import REVIEW

ACTION = deletes(REVIEW)
