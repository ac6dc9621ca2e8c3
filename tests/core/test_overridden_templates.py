"""Templates of ours that stand before one of a package of the same name.

Ours were written beside the package's as it was then. Where that one changes, what it now does for
its page, ours may have to do as well.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.template.loader import get_template

# The originals as they were when ours were last compared with them.
ORIGINALS = {
    "admin/delete_confirmation.html": "d2f1e1adb500396f",
    "admin/delete_selected_confirmation.html": "a984df47ec4909b3",
    "admin/submit_line.html": "7a195a7b8beeda11",
    "unfold/helpers/command_results.html": "5a2616efccaa8b4e",
    "unfold/helpers/dialog.html": "e961b19a9a2f2175",
    "unfold/helpers/empty_results.html": "5f4727a37a99da76",
    "unfold/helpers/header_back_button.html": "e75451379d5507e6",
    "unfold/helpers/header_title.html": "b126ed2ab9ca1680",
    "unfold/helpers/messages/errornote.html": "c2213d68f03f316f",
    "unfold/helpers/pagination_default.html": "a6c793aea686e443",
    "unfold/helpers/search.html": "91996c27181d14ad",
    "unfold/widgets/related_widget_wrapper.html": "4ffda1235520379d",
}


def folders(*, ours: bool) -> list[Path]:
    """The folders of templates of our apps, or of the packages, in the order Django looks."""
    all_of_them = [Path(config.path) for config in apps.get_app_configs()]
    chosen = [path for path in all_of_them if (path.parent == settings.BASE_DIR) is ours]
    return [path / "templates" for path in chosen if (path / "templates").is_dir()]


def overridden() -> dict[str, Path]:
    """The names of our templates that a package has too, and where that one is."""
    names = {
        path.relative_to(folder).as_posix()
        for folder in folders(ours=True)
        for path in folder.rglob("*.html")
    }
    found = {}
    for name in sorted(names):
        there = [folder / name for folder in folders(ours=False) if (folder / name).is_file()]
        if there:
            found[name] = there[0]
    return found


def test_what_we_override_is_known() -> None:
    assert sorted(overridden()) == sorted(ORIGINALS)


@pytest.mark.parametrize("name", ORIGINALS)
def test_the_original_is_the_one_that_ours_was_made_from(name: str) -> None:
    original = overridden()[name]
    digest = sha256(original.read_bytes()).hexdigest()[:16]
    assert digest == ORIGINALS[name], (
        f"{name} of the package has changed. Read the difference between its last version and "
        f"{original}, carry over into ours what matters, and write the new digest here: {digest}"
    )


@pytest.mark.parametrize("name", ORIGINALS)
def test_ours_is_the_one_that_is_shown(name: str) -> None:
    shown = Path(get_template(name).origin.name)  # type: ignore[attr-defined]
    assert shown.is_relative_to(settings.BASE_DIR / "core")
