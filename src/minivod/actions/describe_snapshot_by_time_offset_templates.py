"""DescribeSnapshotByTimeOffsetTemplates: lists templates of snapshots at given times."""

from minivod.actions.template_actions import describes
from minivod.templates.kinds import SNAPSHOT_BY_TIME_OFFSET

ACTION = describes(SNAPSHOT_BY_TIME_OFFSET)
