"""Tasking: what all kinds of tasks share, from the claim of an attempt to the one transaction that ends the task."""
