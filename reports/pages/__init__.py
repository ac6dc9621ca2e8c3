"""The pages of the figures: all of them for a period, and the rows that no other list shows."""
