"""The schema of the API: what ninja makes of the operations, with what each answers when it
refuses, and an example of whatever is sent and answered."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from core.rest.problems import PROBLEM

_REFUSALS = {
    400: "The body cannot be read.",
    401: "No token, or one that is no longer valid.",
    403: "Visible, but not allowed; or a call from a browser without a form token.",
    404: "Not there, or not visible to the caller.",
    409: "A rule refuses it; `detail` says which. Nothing was changed.",
    412: "Changed in the meantime; `current` is the object as it is now. Nothing was changed.",
    413: "Larger than a request may be.",
    422: "Fields or parameters that are not valid; `errors` names them.",
    429: "Too many failed sign-ins, or too many right now; `Retry-After` says how long to wait.",
}
_PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "A refusal, in the form of RFC 9457.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence that a person can act on."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "current": {"description": "The object as it is now, when a stale change is refused."},
    },
}
_TEXTS = {"date": "2026-03-09", "date-time": "2026-03-09T08:30:00Z"}


class Api(NinjaAPI):
    """An API whose schema tells all that its operations answer."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        schemas = schema["components"]["schemas"]
        schemas["Problem"] = _PROBLEM
        for path, methods in schema["paths"].items():
            for method, operation in methods.items():
                _show_examples(operation, schemas)
                _forget_null(operation["parameters"])
                for status in _refusals(path, method, operation):
                    operation["responses"][status] = _refusal(status)
        return schema


def _forget_null(parameters: list[dict[str, Any]]) -> None:
    """An address cannot say null: what is not asked for is left out."""
    for parameter in parameters:
        others = [c for c in parameter["schema"].pop("anyOf", []) if c != {"type": "null"}]
        for choice in others:
            parameter["schema"] |= choice


def _refusals(path: str, method: str, operation: dict[str, Any]) -> list[int]:
    """What an operation can answer when it refuses."""
    names = {parameter["name"] for parameter in operation["parameters"]}
    writes = method != "get"
    details = {
        400: "requestBody" in operation,
        401: True,
        403: "security" in operation,
        404: "{" in path,
        409: writes,
        412: "If-Match" in names,
        413: "requestBody" in operation,
        422: True,
        429: True,
    }
    return [status for status, can in details.items() if can]


def _refusal(status: int) -> dict[str, Any]:
    problem = {"$ref": "#/components/schemas/Problem"}
    return {"description": _REFUSALS[status], "content": {PROBLEM: {"schema": problem}}}


def _show_examples(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    shown = [*operation["responses"].values(), operation.get("requestBody", {})]
    for place in shown:
        for content in place.get("content", {}).values():
            content["example"] = _example(content["schema"], schemas)


def _example(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:  # noqa: PLR0911 (a case each)
    """What the schema shows; else made from the parts that it has."""
    if "$ref" in schema:
        return _example(schemas[schema["$ref"].rsplit("/", 1)[-1]], schemas)
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], schemas)
    if "properties" in schema:
        parts = schema["properties"].items()
        return {name: _example(part, schemas) for name, part in parts} | _ends(schema)
    if "items" in schema:
        return [_example(schema["items"], schemas)]
    if schema.get("type") == "string":
        return _TEXTS.get(schema.get("format", ""), "…")
    return {"integer": 1, "boolean": True}.get(schema.get("type", ""))


def _ends(schema: dict[str, Any]) -> dict[str, None]:
    # A page that stands alone.
    return {name: None for name in ("next", "previous") if name in schema["properties"]}
