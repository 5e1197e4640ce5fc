"""CreateSampleSnapshotTemplate: makes a template of sampled snapshots."""

from minivod.actions.template_actions import creates
from minivod.templates.kinds import SAMPLE_SNAPSHOT

ACTION = creates(SAMPLE_SNAPSHOT)
