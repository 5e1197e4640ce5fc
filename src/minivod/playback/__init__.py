"""Playback: what a player may fetch, and the play-info that tells it where."""
