"""CreateReviewTemplate: makes a template of reviews."""

from minivod.actions.template_actions import AS_TEXT, creates
from minivod.templates.kinds import REVIEW

ACTION = creates(REVIEW, sub_app_id=AS_TEXT)
