"""Static files, named by their contents."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage as Storage

from core.declarations import ScriptModules, collected

_of_modules = Storage._js_module_import_aggregation_patterns[1]


class Hashed(Storage):  # type: ignore[misc]  # WhiteNoise has no types.
    """Our modules import each other by these names too, so that none of two releases meet.

    Of our modules alone: what looks like an import in the packages' bundles need not be one.
    """

    patterns = (
        *Storage.patterns,
        *((modules.files, _of_modules) for modules in collected(ScriptModules)),
    )
