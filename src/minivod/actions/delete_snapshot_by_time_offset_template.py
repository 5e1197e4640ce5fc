"""DeleteSnapshotByTimeOffsetTemplate: deletes a template of snapshots at given times."""

from minivod.actions.template_actions import deletes
from minivod.templates.kinds import SNAPSHOT_BY_TIME_OFFSET

ACTION = deletes(SNAPSHOT_BY_TIME_OFFSET)
