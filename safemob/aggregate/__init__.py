"""Below the line: counts, the review list of recorded footage, and the report. Plain values only."""
