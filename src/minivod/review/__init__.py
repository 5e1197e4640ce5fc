"""Content review: takes sampled frames of a video, returns findings and a decision; knows no tenants and no HTTP."""
