"""The composition root: builds the pipeline and runs recordings through it."""
