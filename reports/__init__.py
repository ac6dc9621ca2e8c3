"""Figures that an owner can act on and check."""
