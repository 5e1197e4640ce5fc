"""Pictures made of a video: snapshots, covers, sprites and animated graphics; works on local files in the sandbox."""

from minivod.media.pictures.animation import Animation, animation
from minivod.media.pictures.shots import Shot, cover, samples, snapshots
from minivod.media.pictures.sprite import Sprite, sprite

__all__ = ["Animation", "Shot", "Sprite", "animation", "cover", "samples", "snapshots", "sprite"]
