"""Pictures made of a video: snapshots, covers, sprites and animated graphics; works on local files in the sandbox."""
