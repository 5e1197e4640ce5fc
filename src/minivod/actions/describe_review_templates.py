"""DescribeReviewTemplates: lists templates of reviews."""

from minivod.actions.template_actions import describes
from minivod.templates.kinds import REVIEW

ACTION = describes(REVIEW)
