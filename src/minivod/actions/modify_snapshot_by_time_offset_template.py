"""ModifySnapshotByTimeOffsetTemplate: changes a template of snapshots at given times."""

from minivod.actions.template_actions import modifies
from minivod.templates.kinds import SNAPSHOT_BY_TIME_OFFSET

ACTION = modifies(SNAPSHOT_BY_TIME_OFFSET)
