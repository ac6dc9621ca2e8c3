"""Formats are the region's, whatever the language: Django asks here for each language it shows."""

from typing import Any

from django.conf import settings


def __getattr__(name: str) -> Any:
    """A format, by Django's name for it."""
    try:
        return settings.REGION.formats[name]
    except KeyError:
        raise AttributeError(name) from None
