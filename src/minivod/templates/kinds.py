"""The eight kinds of templates: the one description of each that its actions, checks, stored form and docs use."""

from minivod.templates import adaptive, pictures, presets, review, transcode, watermark
from minivod.templates.kind import AnyKind, Kind

TRANSCODE = Kind(
    name="Transcode",
    settings=transcode.Transcode,
    presets=presets.TRANSCODE,
    rules=transcode.rules,
    codes=transcode.CODES,
    added={"AudioTemplate": (("StreamSelects", list[int], []),)},
)
ANIMATED_GRAPHICS = Kind(
    name="AnimatedGraphics",
    settings=pictures.AnimatedGraphics,
    presets=presets.ANIMATED_GRAPHICS,
    rules=pictures.animation_rules,
    codes=pictures.ANIMATION_CODES,
)
SNAPSHOT_BY_TIME_OFFSET = Kind(
    name="SnapshotByTimeOffset", settings=pictures.SnapshotByTimeOffset, presets=presets.SNAPSHOT_BY_TIME_OFFSET
)
SAMPLE_SNAPSHOT = Kind(
    name="SampleSnapshot",
    settings=pictures.SampleSnapshot,
    presets=presets.SAMPLE_SNAPSHOT,
    rules=pictures.sample_rules,
)
IMAGE_SPRITE = Kind(
    name="ImageSprite", settings=pictures.ImageSprite, presets=presets.IMAGE_SPRITE, rules=pictures.sprite_rules
)
ADAPTIVE_DYNAMIC_STREAMING = Kind(
    name="AdaptiveDynamicStreaming",
    settings=adaptive.AdaptiveDynamicStreaming,
    presets=presets.ADAPTIVE_DYNAMIC_STREAMING,
    rules=adaptive.rules,
    codes=adaptive.CODES,
    fixed=frozenset({"DrmType", "DrmKeyProvider", "DrmEncryptType"}),
    limit=20,
)
WATERMARK = Kind(
    name="Watermark",
    settings=watermark.Watermark,
    rules=watermark.rules,
    codes=watermark.CODES,
    fixed=frozenset({"Type"}),
    added=watermark.ADDED,
    most=1000,
)
REVIEW = Kind(name="Review", settings=review.Review, presets=presets.REVIEW, most=50)

KINDS: tuple[AnyKind, ...] = (
    TRANSCODE,
    ANIMATED_GRAPHICS,
    SNAPSHOT_BY_TIME_OFFSET,
    SAMPLE_SNAPSHOT,
    IMAGE_SPRITE,
    ADAPTIVE_DYNAMIC_STREAMING,
    WATERMARK,
    REVIEW,
)
