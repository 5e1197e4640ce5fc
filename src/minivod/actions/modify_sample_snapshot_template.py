"""ModifySampleSnapshotTemplate: changes a template of sampled snapshots."""

from minivod.actions.template_actions import modifies
from minivod.templates.kinds import SAMPLE_SNAPSHOT

ACTION = modifies(SAMPLE_SNAPSHOT)
