"""The region's formats, in this language."""

from core.formats import __getattr__

__all__ = ["__getattr__"]
