"""Templates: what each kind of them holds and accepts, the presets, and where an application's own are found."""
