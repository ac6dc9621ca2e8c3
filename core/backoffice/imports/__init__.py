"""The screens of an import: upload, match, look, take in, undo.

`kinds` says who brings in what; `upload` is the page with the list of imports, and `template_files`
what there is to begin with; `match` asks what the columns mean; `page` shows where an import
stands, with its `rows`; `doing` is what its buttons do.
"""
