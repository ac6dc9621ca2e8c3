"""The house (design sections 10 and 11): names of files, migrations, and who knows whom."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from grimp import build_graph

ROOT = Path(settings.BASE_DIR)
APPS = sorted(
    Path(config.path).relative_to(ROOT).as_posix()
    for config in apps.get_app_configs()
    if Path(config.path).parent == ROOT
)
NAMELESS = {"utils", "helpers", "services", "signals", "common", "misc"}


def test_no_file_is_named_by_nothing() -> None:
    files = [path for app in [*APPS, "tests"] for path in (ROOT / app).rglob("*.py")]
    assert len(files) > 40
    assert [path for path in files if NAMELESS & {path.stem, path.parent.name}] == []


# What is read in one go
MOST_IN_A_FILE, MOST_IN_A_CLASS = 400, 250


def _product() -> list[Path]:
    """The modules of the product and of its bench, but for what was generated."""
    files = [path for app in [*APPS, "bench"] for path in sorted((ROOT / app).rglob("*.py"))]
    return [path for path in files if "migrations" not in path.parts]


def _classes(path: Path) -> Iterator[tuple[str, int]]:
    """Each class of a module, and how many lines it has."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef):
            yield node.name, (node.end_lineno or 0) - node.lineno + 1


def test_no_file_is_longer_than_400_lines() -> None:
    lines = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in _product()}
    assert {path: n for path, n in lines.items() if n > MOST_IN_A_FILE} == {}


def test_no_class_is_longer_than_250_lines() -> None:
    found = [(path, *each) for path in _product() for each in _classes(path)]
    long = [f"{path.relative_to(ROOT)}: {name}" for path, name, n in found if n > MOST_IN_A_CLASS]
    assert long == []


@pytest.mark.parametrize("app", APPS)
def test_migrations_are_one_initial_one_and_then_each_named_by_what_it_does(app: str) -> None:
    names = sorted(path.stem for path in (ROOT / app / "migrations").glob("[0-9]*.py"))
    assert names[:1] in ([], ["0001_initial"])
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    assert [n for n in names[1:] if not re.fullmatch(r"\d{4}_(?!auto_)[a-z]\w+", n)] == []


# Who knows whom

# The table of section 3 names models by label, and settings are where the apps are installed.
NAMES_APPS = {"core/roles.py", "core/settings.py"}


def _names(app: str) -> re.Pattern[str]:
    """An app in an import, a dotted path, a label, a file's path, or the name of an address."""
    imported, quoted = rf"(?:from|import)\ {app}\b", rf"""["']{app}["'](?!:)"""
    return re.compile(rf"{imported}|{quoted}|\b{app}(?:\.[a-z_]|/|_[a-z]+_[a-z])")


def _naming(folder: str, *apps: str) -> list[str]:
    """The lines of a folder in which one of these apps is named."""
    patterns = [_names(app) for app in apps]
    return [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in {".py", ".html", ".js", ".css"} and "migrations" not in path.parts
        if path.relative_to(ROOT).as_posix() not in NAMES_APPS
        for line in path.read_text().splitlines()
        if any(pattern.search(line) for pattern in patterns)
    ]


def test_an_app_is_found_wherever_it_is_named() -> None:
    lines = [
        "from people.models import User",
        "import people",
        'apps.get_model("people.user")',
        "{% url 'admin:people_user_change' pk %}",
        "(people/sessions.py)",
        "these are people. They work",
        """told % {"people": names}""",
    ]
    found = [bool(_names("people").search(line)) for line in lines]
    assert found == [True, True, True, True, True, False, False]


def test_core_names_no_other_app_not_even_in_a_string() -> None:
    others = {*APPS, "bench", "reports"} - {"core"}
    assert _naming("core", *others) == []


def test_people_do_not_know_what_their_work_is() -> None:
    assert _naming("people", "operations", "reports", "bench") == []


# What others import of unfold; the rest of it is known to core/backoffice alone.
OF_UNFOLD = {
    "unfold.admin",
    "unfold.decorators",
    "unfold.widgets",
    "unfold.contrib.filters.admin",
    # As its documentation has them imported.
    "unfold.forms.AdminPasswordChangeForm",
    "unfold.forms.UserCreationForm",
}


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_what_is_unfolds_own_has_a_name_in_the_back_office() -> None:
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    others = [path for path in files if not path.is_relative_to(ROOT / "core/backoffice")]
    private = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in others
        for name in _imported(path)
        if name.split(".")[0] == "unfold"
        if not {name, name.rpartition(".")[0]} & OF_UNFOLD
    ]
    assert private == []


# No circles


def _circles(imports: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Modules that import each other in the end: a circle for each import that closes one."""
    left = {module: set(imported) for module, imported in imports.items()}
    found: list[list[str]] = []
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            circle = error.args[1]
            found.append(circle)
            # It is told from the imported to the importing one.
            left[circle[1]].discard(circle[0])
        else:
            return found


def test_a_circle_of_imports_is_found() -> None:
    assert _circles({"a": ["b"], "b": ["c"], "c": []}) == []
    (circle,) = _circles({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]})
    assert sorted(set(circle)) == ["a", "b", "c"]


@pytest.mark.parametrize("app", APPS)
def test_no_modules_import_each_other_in_a_circle(app: str) -> None:
    """Imports within functions, and for types alone, counted."""
    graph = build_graph(*APPS, exclude_type_checking_imports=False, cache_dir=None)
    ours = {module for module in graph.modules if module.split(".")[0] == app}
    imports = {module: graph.find_modules_directly_imported_by(module) & ours for module in ours}
    assert _circles(imports) == []
