"""Import: what people have in spreadsheets, read, matched, looked at, taken in, and undone.

`reading` opens a file as people send it; `matching` says which column is which field; `running`
takes the rows in, or shows what would become of them, by the very same code; `loading` is an
import's life from the upload to its undo.
"""
