"""The house (design sections 10 and 11): names of files, migrations, and who knows whom."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from django.apps import apps
from grimp import build_graph

from tests.apps import APPS, ROOT

NAMELESS = {"utils", "helpers", "services", "signals", "common", "misc"}


def test_no_test_lists_the_apps_by_hand() -> None:
    """What is tried of each app is tried of one that is still to come."""
    app = rf"""["']({"|".join(APPS)})["']"""
    by_hand = re.compile(rf"{app},\s*{app}")
    files = [path for path in (ROOT / "tests").rglob("*.py") if by_hand.search(path.read_text())]
    assert (APPS[0], files) == ("core", [])


def test_no_file_is_named_by_nothing() -> None:
    files = [path for app in [*APPS, "tests"] for path in (ROOT / app).rglob("*.py")]
    assert len(files) > 40
    assert [path for path in files if NAMELESS & {path.stem, path.parent.name}] == []


# What is read in one go
MOST_IN_A_FILE, MOST_IN_A_CLASS, MOST_OF_ADMIN = 400, 250, 250


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
    files = [*_product(), *(p for app in APPS for p in (ROOT / app).rglob("*") if _is_page(p))]
    lines = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in files}
    assert {path: n for path, n in lines.items() if n > MOST_IN_A_FILE} == {}


def test_no_template_says_by_itself_how_long_a_text_may_be() -> None:
    """A longer one that came by another door could not be sent again."""
    pages = [path for app in APPS for path in (ROOT / app).rglob("*.html")]
    assert len(pages) > 40
    assert [path for path in pages if re.search(r'maxlength="\d', path.read_text())] == []


def _is_page(path: Path) -> bool:
    """A template, a style or a script."""
    return path.suffix in {".html", ".txt", ".css", ".js"}


def test_no_admin_module_is_longer_than_250_lines() -> None:
    """Those of the apps, and what they are made of."""
    lines = {
        str(path.relative_to(ROOT)): path.read_text().count("\n")
        for path in _product()
        if path.parent.name == "admin" or "backoffice" in path.parts
    }
    assert len(lines) > 50
    assert {path: n for path, n in lines.items() if n > MOST_OF_ADMIN} == {}


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
    others = {*APPS, "bench"} - {"core"}
    assert _naming("core", *others) == []


# What the work is about. In comments and docstrings core may give it as an example.
WORK = re.compile(r"(?i:(?<![a-z])(?:job|jobshare|customer|technician|equipment)s?(?![a-z]))")
SPEAKS_OF_WORK = {
    "core/roles.py": "the one table of who may do what",
    "core/access.py": "asks for a member of that table, OF_SEEN_JOBS",
    "core/rest/api.py": "what the product is, in one sentence above its API",
    "core/management/commands/export.py": "an example in the help of a command",
}
COMMENTS = {".css": r"/\*.*?\*/", ".js": r"/\*.*?\*/|//[^\n]*", ".html": r"\{#.*?#\}"}


def _code(path: Path) -> str:
    """A file of code, without its comments and docstrings."""
    text = path.read_text()
    if path.suffix != ".py":
        return re.sub(COMMENTS.get(path.suffix, r"(?!)"), "", text, flags=re.DOTALL)
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        first = body[0] if isinstance(body, list) and body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            first.value.value = ""
    return ast.unparse(tree)


def _of_core() -> dict[str, str]:
    """The code of core by path: Python, templates, styles and scripts."""
    kinds = {".py", ".html", ".txt", ".js", ".css"}
    return {
        path.relative_to(ROOT).as_posix(): _code(path)
        for path in sorted((ROOT / "core").rglob("*"))
        if path.suffix in kinds and "migrations" not in path.parts
    }


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        (".model-job .data-row", True),
        ("{% translate 'The number of a job' %}", True),
        ("open_jobs = 1", True),
        (".jobops-button", False),
        ("JobOps", False),
    ],
)
def test_a_word_of_the_work_is_found_wherever_it_stands(line: str, is_found: bool) -> None:
    assert bool(WORK.search(line)) is is_found


def test_core_does_not_speak_of_what_the_work_is() -> None:
    speaking = {path for path, code in _of_core().items() if WORK.search(code)}
    assert speaking == set(SPEAKS_OF_WORK)


def test_core_styles_no_page_or_column_of_another_app() -> None:
    models = {m._meta.model_name for m in apps.get_models() if m._meta.app_label in APPS}
    styles = " ".join(code for path, code in _of_core().items() if path.endswith(".css"))
    assert models & set(re.findall(r"\.model-([a-z]+)", styles)) == set()
    # unfold's own, whoever is no longer active, and what core makes itself of a phone number.
    columns = {"line", "row", "is_active", "phone_link"}
    assert set(re.findall(r"\.field-([a-z_]+)", styles)) == columns


def test_people_do_not_know_what_their_work_is() -> None:
    above = APPS[APPS.index("people") + 1 :]
    assert _naming("people", *above, "bench") == []
    fields = re.compile(r"""["'](assigned_to|owner)["']""")
    files = [path for path in _product() if path.is_relative_to(ROOT / "people")]
    assert [path.name for path in files if fields.search(path.read_text())] == []


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


@pytest.mark.parametrize(
    "text",
    [
        "Type a word of three letters or more",
        "The end time must be after the start time.",
        "to complete this job",
        "www.openstreetmap.org/search",
        '"0123456789"',
    ],
)
def test_what_several_places_say_is_written_in_one(text: str) -> None:
    shown = [path for app in APPS for path in (ROOT / app).rglob("*.html")]
    assert len([path for path in [*_product(), *shown] if text in path.read_text()]) == 1
