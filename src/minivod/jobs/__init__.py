"""Background work on Procrastinate: running attempts, rescuing stalled jobs, cleaning up (engine.md)."""
