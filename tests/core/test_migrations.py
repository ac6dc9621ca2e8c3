"""What the migrations of core leave of an installation that is there already."""

from __future__ import annotations

import pytest

from core.imported import Import
from core.notice_preferences import NoticePreferences
from tests.factories import make_user
from tests.migrating import migrate


@pytest.mark.django_db(transaction=True)
def test_what_is_renamed_keeps_its_values() -> None:
    person = make_user()
    try:
        old = migrate(("core", "0009_who_an_import_tells"))
        old.get_model("core", "Import").objects.create(told=[person.pk])
        old.get_model("core", "Wishes").objects.create(
            person_id=person.pk, choices={"status": "off"}
        )
    finally:
        migrate()
    assert Import.objects.get().people_told == [person.pk]
    assert NoticePreferences.objects.get(person=person).choices == {"status": "off"}
