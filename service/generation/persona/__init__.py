"""Who speaks when a model speaks, and everything the model is told before it answers."""
