"""What documents, docstrings and comments name is there: files, tests, and what a module has."""

from __future__ import annotations

import ast
import builtins
import io
import re
import tokenize
from functools import cache
from importlib import import_module

import pytest

from tests.apps import APPS, ROOT

DOCUMENTS = ["README.md", "CONTRIBUTING.md", "docs/security.md"]
pytestmark = pytest.mark.any_database
OURS = [*APPS, "bench", "tests", "docs", "fixtures", "locale"]
# What a document names though no such file is kept here.
NOT_HERE = {
    # As CONTRIBUTING says, there is none of these.
    *("utils.py", "helpers.py", "services.py", "signals.py"),
    # Made where JobOps runs.
    *("var/demo.sqlite3", "var/jobops.sqlite3"),
    # A folder of the file that *Take everything* writes.
    "tables/",
}
FILE = re.compile(r"[\w.-]*(?:[\w-]+/)*[\w-]+\.(?:py|html|css|js|md|toml|yaml|lock|csv|po|sqlite3)")
FOLDER = re.compile(r"(?:[\w.-]+/)+")
DOTTED = re.compile(r"([A-Za-z_]\w+)\.([a-z_]\w+)(?:\(.*\))?", re.DOTALL)
# A file, and what stands in it.
WHERE = re.compile(r"`([\w/]+\.py)`\s+`(\w+)`")


@cache
def _files() -> list[str]:
    """The files that are kept here, and their folders, each by its path from a slash on."""
    kept = [path for path in ROOT.glob("*") if path.is_file()]
    folders = [ROOT / name for name in OURS]
    kept += [*folders, *(path for each in folders for path in each.rglob("*"))]
    return [f"/{path.relative_to(ROOT)}" + ("/" if path.is_dir() else "") for path in kept]


def _is_there(path: str) -> bool:
    """Does some path end so? Who writes of a room names its files without it."""
    return any(kept.endswith(f"/{path}") for kept in _files())


@cache
def _code() -> dict[str, str]:
    """Our Python, by its path."""
    return {path[1:]: (ROOT / path[1:]).read_text() for path in _files() if path.endswith(".py")}


@cache
def _defined(code: str) -> set[str]:
    """What a module has: by definition, by assignment at any depth, or by import."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.rpartition(".")[2])
    return found


def _is_defined(owner: str, name: str) -> bool:
    """Has a module or a class of ours, or of a package that is no matter here, this name?"""
    modules = [
        code
        for path, code in _code().items()
        if path.endswith((f"/{owner}.py", f"/{owner}/__init__.py")) or path == f"{owner}.py"
    ]
    is_package = any(f"/{owner}/{name}.py" in path for path in _files())
    if modules or is_package:
        return is_package or any(name in _defined(code) for code in modules)
    classes = [
        getattr(import_module(path.removesuffix(".py").replace("/", ".")), owner, None)
        for path, code in _code().items()
        if re.search(rf"^class {owner}\b", code, re.MULTILINE)
    ]
    return not classes or any(hasattr(each, name) for each in classes)


def _missing(quoted: str) -> bool:
    """Is this the name of something of ours that is not there?"""
    if quoted in NOT_HERE or quoted.startswith("/"):
        return False
    if FILE.fullmatch(quoted) or (FOLDER.fullmatch(quoted) and quoted.islower()):
        return not _is_there(quoted)
    if re.fullmatch(r"test_\w+", quoted):
        return not any(f"def {quoted}(" in code for code in _code().values())
    dotted = DOTTED.fullmatch(quoted)
    return bool(dotted) and not _is_defined(dotted[1], dotted[2])  # type: ignore[index]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_names_is_there(document: str) -> None:
    text = (ROOT / document).read_text()
    assert [quoted for quoted in re.findall(r"`([^`]+)`", text) if _missing(quoted)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_places_in_a_file_stands_in_it(document: str) -> None:
    placed = WHERE.findall((ROOT / document).read_text())
    assert [
        (path, name)
        for path, name in placed
        if not any(name in _defined(code) for at, code in _code().items() if at.endswith(path))
    ] == []


@cache
def _read(code: str) -> tuple[list[str], set[str]]:
    """What a module says in docstrings and comments, and the words of all else in it."""
    docstrings = [
        node.body[0].value
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node)
        if isinstance(node.body[0], ast.Expr)
    ]
    lines = {n for each in docstrings for n in range(each.lineno, (each.end_lineno or 0) + 1)}
    found = [str(ast.literal_eval(each)) for each in docstrings]
    words: set[str] = set()
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            found.append(token.string)
        elif token.start[0] not in lines:
            words |= set(re.findall(r"\w+", token.string))
    return found, words


# Of packages and of PostgreSQL.
OF_OTHERS = {"unfold_result_list", "percentile_cont"}


@cache
def _words() -> set[str]:
    """All words of our code, templates, styles and scripts."""
    suffixes = (".html", ".css", ".js")
    texts = [(ROOT / path[1:]).read_text() for path in _files() if path.endswith(suffixes)]
    of_pages = {word for text in texts for word in re.findall(r"\w+", text)}
    return set(dir(builtins)) | of_pages | OF_OTHERS.union(*(_read(c)[1] for c in _code().values()))


def test_what_docstrings_and_comments_name_is_there() -> None:
    named = [
        (path, name)
        for path, code in _code().items()
        if "migrations" not in path and not path.startswith("tests/")
        for text in _read(code)[0]
        for name in [*re.findall(r"`([^`]+)`", text), *re.findall(rf"{FILE.pattern}\b", text)]
    ]
    is_word = re.compile(r"[A-Za-z_]\w+").fullmatch
    missing = [n for n in named if _missing(n[1]) or (is_word(n[1]) and n[1] not in _words())]
    assert [f"{path}: {name}" for path, name in missing] == []


def _is_elsewhere(path: str, name: str) -> bool:
    """Is the file that a module names neither in its folder nor from one above? What pages are
    made of is found by its app: `core/form_state.html`."""
    above = [path.rpartition("/")[0]]
    while above[-1]:
        above.append(above[-1].rpartition("/")[0])
    if any(f"/{folder}/{name}".replace("//", "/") in _files() for folder in above):
        return False
    app = f"/{path.partition('/')[0]}/"
    return name.endswith(".py") or not any(
        file.startswith(app) and file.endswith(f"/{name}") for file in _files()
    )


def test_a_file_is_named_as_it_is_found_from_where_it_is_named() -> None:
    """One of that name in another folder is another file."""
    elsewhere = {
        f"{path}: {name}"
        for path, code in _code().items()
        if "migrations" not in path and not path.startswith("tests/")
        for text in _read(code)[0]
        for name in re.findall(rf"{FILE.pattern}\b", text)
        if name not in NOT_HERE and _is_elsewhere(path, name)
    }
    assert elsewhere == set()


@pytest.mark.parametrize(
    ("path", "name", "is_elsewhere"),
    [
        ("core/record/records.py", "many.py", True),
        ("core/record/records.py", "bulk_writes.py", False),
        ("core/record/records.py", "access.py", False),
        ("core/access.py", "records.py", True),
        ("core/access.py", "record/records.py", False),
        ("people/throttle.py", "core/access.py", False),
        ("core/backoffice/once.py", "core/form_state.html", False),
        ("people/throttle.py", "form_state.html", True),
    ],
)
def test_a_name_of_a_file_in_another_folder_is_found(
    path: str, name: str, is_elsewhere: bool
) -> None:
    assert _is_elsewhere(path, name) is is_elsewhere


@pytest.mark.parametrize(
    ("quoted", "is_missing"),
    [
        ("operations/lifecycle.py", True),
        ("core/access.py", False),
        ("access.py", False),
        ("operations/acts/", False),
        ("acts.move(job, Verb.COMPLETE, by=user)", False),
        ("acts.complete(job, by=user)", True),
        ("Job.share", True),
        ("test_no_such_test", True),
        ("GRANIAN_HTTP", False),
    ],
)
def test_what_is_not_there_is_found(quoted: str, is_missing: bool) -> None:
    assert _missing(quoted) is is_missing
