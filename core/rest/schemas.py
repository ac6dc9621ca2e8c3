"""What every body and every answer of the API is made from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from django.utils.translation import gettext as _
from ninja import Field, Schema
from pydantic import ConfigDict, field_validator, with_config

from core.text.typed import NO_TEXT

T = TypeVar("T")

# Yes or no, and no word or number for it.
Flag = Annotated[bool, Field(strict=True)]


def example(content: Any) -> Callable[[type[T]], type[T]]:
    """The documentation shows an answer of this type so."""
    return with_config(ConfigDict(json_schema_extra={"examples": [content]}))


class Answer(Schema):
    """An object as the API answers it."""


class Body(Schema):
    """An object as a program sends it: unknown fields are refused, and what no text holds."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_what_no_text_holds(cls, value: Any) -> Any:
        if isinstance(value, str) and NO_TEXT.search(value):
            raise ValueError(_("This character cannot be used in text."))
        return value
