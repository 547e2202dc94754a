"""The pipeline against the truth of rendered scenes, stage by stage."""
