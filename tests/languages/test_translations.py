"""Translations are whole: each text has one, which takes what the text takes, and is compiled."""

from __future__ import annotations

import ast
import gettext
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.conf import settings

from tests.apps import APPS, ROOT

LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
# What is filled into a text, of each of the three kinds of writing it.
FILLED = re.compile(r"%\([^)]*\)[sd]|%[sd]|\{\w*\}|<[^>]+>")

each_language = pytest.mark.parametrize("language", LANGUAGES)


def file_of(language: str, root: Path = ROOT) -> Path:
    return root / "locale" / language / "LC_MESSAGES/django.po"


def texts(language: str, root: Path = ROOT) -> dict[tuple[str | None, str], polib.POEntry]:
    return {(each.msgctxt, each.msgid): each for each in polib.pofile(str(file_of(language, root)))}


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@each_language
def test_no_text_is_missing_or_a_guess(language: str) -> None:
    entries = texts(language).values()
    assert len(entries) > 500
    assert [entry.msgid for entry in entries if not all(translations(entry))] == []
    assert [entry.msgid for entry in entries if entry.fuzzy or entry.obsolete] == []


@each_language
def test_a_translation_takes_what_its_text_takes(language: str) -> None:
    wrong = []
    for entry in texts(language).values():
        most = set(FILLED.findall(entry.msgid_plural or entry.msgid))
        least = most & set(FILLED.findall(entry.msgid))
        found = [set(FILLED.findall(text)) for text in translations(entry)]
        if not all(least <= each <= most for each in found):
            wrong.append(entry.msgid)
    assert wrong == []


@each_language
def test_a_sentence_is_translated_by_a_sentence(language: str) -> None:
    def end(text: str) -> str:
        return text.replace("...", "…")[-1:]

    others = {
        entry.msgid: text
        for entry in texts(language).values()
        for text in translations(entry)[:1]
        if end(entry.msgid) in ".?:…" and end(entry.msgid) != end(text)
    }
    assert others == {}


def test_no_text_stands_within_another_where_it_is_not_gathered() -> None:
    within = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        for text in ast.walk(ast.parse(path.read_text()))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and ast.unparse(call.func) in {"_", "gettext", "ngettext"}
    ]
    assert within == []


@each_language
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    with file_of(language).with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog
    written: dict[str | tuple[str, int], str] = {}
    for entry in texts(language).values():
        name = f"{entry.msgctxt}\x04{entry.msgid}" if entry.msgctxt else entry.msgid
        plural = {(name, n): text for n, text in entry.msgstr_plural.items()}
        written |= plural or {name: entry.msgstr}
    assert {key: text for key, text in compiled.items() if key} == written


@pytest.mark.gettext
def test_every_text_of_the_product_has_been_gathered(tmp_path: Path) -> None:
    """What `make messages` would find now is what it found last."""
    for name in (*APPS, "locale"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    makefile = (ROOT / "Makefile").read_text()
    options = re.search(r"makemessages (.*)$", makefile, re.MULTILINE)
    assert options
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", *options[1].split()],
        cwd=tmp_path,
        check=True,
        env={"DEBUG": "on", "DATABASE_URL": "sqlite://:memory:", "PATH": "/usr/bin:/bin"},
    )
    for language in LANGUAGES:
        assert sorted(map(str, texts(language, tmp_path))) == sorted(map(str, texts(language)))
