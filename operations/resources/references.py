"""The sender's own names for jobs, which may be numbers of other jobs here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.record.lines import Line
from core.text.typed import in_quotes
from operations.models import Job

# What a column of tasks is called that holds numbers of ours alone, and one of such names.
BY_NUMBER, BY_REFERENCE = ("number",), ("reference", "ref", "referenz")


def tell_of_numbers(
    lines: Sequence[Line], jobs: QuerySet[Job], *, reference: Callable[[Line], str]
) -> None:
    """Point out, of lines that make new jobs, the names that are numbers of others."""
    numbered = _numbered({reference(line).upper() for line in lines}, jobs)
    for line in lines:
        if job := numbered.get(reference(line).upper()):
            note = _(
                "The reference %(name)s is the number of the job %(job)s here, and this row makes "
                "another one. In a file of tasks, call the column “reference” to mean the new one."
            )
            line.notes.append(note % {"name": in_quotes(reference(line)), "job": in_quotes(job)})


def _numbered(names: set[str], jobs: QuerySet[Job]) -> Mapping[str, str]:
    # All others are asked about for nothing.
    asked = {name for name in names if name.startswith("J-")}
    return {job.number: str(job) for job in jobs.filter(number__in=asked)} if asked else {}


def doubt(name: str, numbered: Job, referred: Job) -> str:
    """The sentence for a name that is the number of one job and the reference of another."""
    sentence = _(
        "%(name)s is the number of the job %(numbered)s, and the reference of the job "
        "%(referred)s. Call this column “reference” in the file to mean references, or “number” "
        "to mean numbers."
    )
    details = {"name": in_quotes(name), "numbered": in_quotes(str(numbered))}
    return sentence % {**details, "referred": in_quotes(str(referred))}


def no_reference(name: str, numbered: Job) -> str:
    """The sentence for a name that is no reference, but the number of a job."""
    sentence = _(
        "There is no job of the reference %(name)s. Import the jobs first. If you mean the number "
        "of the job %(numbered)s, call this column “number” in the file."
    )
    return sentence % {"name": in_quotes(name), "numbered": in_quotes(str(numbered))}
