"""Processing: tasks that make something of a video, by templates; each part of one is a step with a job of its own."""
