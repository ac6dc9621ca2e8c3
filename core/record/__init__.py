"""Rows on record: who changed what, when, through which door and why."""
