"""DescribeSampleSnapshotTemplates: lists templates of sampled snapshots."""

from minivod.actions.template_actions import describes
from minivod.templates.kinds import SAMPLE_SNAPSHOT

ACTION = describes(SAMPLE_SNAPSHOT)
