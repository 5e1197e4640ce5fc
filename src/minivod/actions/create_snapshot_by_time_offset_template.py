"""CreateSnapshotByTimeOffsetTemplate: makes a template of snapshots at given times."""

from minivod.actions.template_actions import creates
from minivod.templates.kinds import SNAPSHOT_BY_TIME_OFFSET

ACTION = creates(SNAPSHOT_BY_TIME_OFFSET)
