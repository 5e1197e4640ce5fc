"""minivod: a self-hosted video-on-demand server that speaks the vod API of TencentCloud."""

__version__ = "0.1.0"
