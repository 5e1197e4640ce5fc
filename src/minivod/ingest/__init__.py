"""How videos come in: what an upload and a pull from a URL have in common, and the kind of task that pulls."""
