"""Pages of the back office that are more than lists and forms: declared in declared.py, and what of
them stands on the pages of the admin."""
