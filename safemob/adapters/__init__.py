"""The two ends of the pipeline: files, models, pictures for the eye."""
