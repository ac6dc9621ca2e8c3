"""How the database is asked: statements kept compiled, pages by cursor, many rows at once."""
