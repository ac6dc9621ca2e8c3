"""Rows taken out as files: of a list as it is filtered, of one kind, or everything.

`kinds` says what can be taken out, by which columns; `table` reads rows of it, and `files` writes
them as CSV, JSON or XLSX. What is long is written in the background (`writing`) and kept for a day
(`core/export_files.py`). `everything` writes all there is into one file, and `restoring` makes a
new installation of it.
"""
