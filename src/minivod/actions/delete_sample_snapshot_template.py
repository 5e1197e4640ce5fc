"""DeleteSampleSnapshotTemplate: deletes a template of sampled snapshots."""

from minivod.actions.template_actions import deletes
from minivod.templates.kinds import SAMPLE_SNAPSHOT

ACTION = deletes(SAMPLE_SNAPSHOT)
