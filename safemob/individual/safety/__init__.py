"""Pairs: encounters of two road users, one file per indicator, and what makes a conflict."""
