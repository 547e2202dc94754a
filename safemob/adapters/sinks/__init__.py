"""Where counts go."""

__all__ = ["RESULT_FILES"]

RESULT_FILES = ("counts.csv", "counts.parquet", "conflicts.csv", "report.html")
"""What a job leaves in its folder; the report, by which results are known to be there, comes last."""
