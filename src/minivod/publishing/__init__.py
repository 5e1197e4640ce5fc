"""The heart: preflight, review, decision, publication; the only place that decides whether a video may be published."""
