"""Jobs as rows of a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.fields import Field

from core.imported import Import
from core.imports import earlier
from core.record import audit
from core.record.cells import MomentWidget, NamedWidget, cell_text
from core.record.lines import Line
from core.record.resources import RecordedResource
from core.roles import Role
from operations import acts
from operations.models import Customer, Job, Site
from operations.models.job_rules import Able
from operations.resources import words
from operations.states import TABLE, JobStatus, Verb, said, verbs_from
from people.models import User


def _person(name: str, **options: Any) -> Field:
    return Field(attribute=name, column_name=name, widget=NamedWidget(User, "username"), **options)


class JobResource(RecordedResource):
    """Jobs by number, which is ours: a row without one makes a new job.

    `status` is what a new job arrives with, and of one that is there a move by the verb that leads
    there, for which `reason` says why. `created_by` says who entered a new job elsewhere first,
    `completed_at` when it was completed. `reference` is the sender's own name for a new job, by
    which a file of tasks names it.
    """

    extra_columns: ClassVar = {
        "reference": gettext_lazy("reference"),
        "reason": gettext_lazy("reason"),
        "completed_at": gettext_lazy("completed"),
    }
    required: ClassVar = frozenset({"title", "customer"})
    related: ClassVar = ("customer", "site", "assigned_to", "owner", "created_by")
    shown_beside: ClassVar = {"completed_at": "completed_at"}
    synonyms: ClassVar = {
        "reference": ("ref", "referenz", "your reference", "id", "external id", "extern"),
        "number": ("job", "job number", "job no", "nr", "nummer", "auftrag", "auftragsnummer"),
        "title": words.TITLES,
        "description": (*words.DETAILS, *words.NOTES),
        "customer": words.OF_CUSTOMER,
        "site": ("einsatzort", "ort", "standort", "objekt", "location", "place"),
        "status": ("state", "stand", "zustand"),
        "priority": ("prio", "priorität", "urgency", "dringlichkeit"),
        "scheduled_date": ("date", "day", "datum", "termin", "tag", "scheduled", "due", "am"),
        "start_time": ("start", "begin", "from", "beginn", "von", "startzeit", "uhrzeit"),
        "end_time": ("end", "until", "to", "ende", "bis", "endzeit"),
        "assigned_to": ("technician", "assignee", "worker", "techniker", "monteur", "zugewiesen"),
        "owner": ("responsible", "sales", "zuständig", "kundenbetreuer", "verantwortlich"),
        "created_by": ("entered by", "creator", "erfasst von", "angelegt von"),
        "reason": ("why", "grund", "begründung"),
        "completed_at": ("completed on", "done on", "finished", "abgeschlossen am", "erledigt am"),
    }
    words: ClassVar = {
        "status": {
            "pending": ("open", "new", "todo", "to do", "offen", "neu"),
            "in_progress": ("started", "running", "begonnen", "läuft"),
            "on_hold": ("paused", "waiting", "wartet", "hold"),
            "completed": ("done", "finished", "closed", "fertig", "erledigt"),
            "cancelled": ("canceled", "storno", "abgesagt"),
        },
        "priority": {
            "low": ("lo", "minor", "gering"),
            "medium": ("normal", "middle", "med", "standard"),
            "high": ("hi", "important", "wichtig"),
            "urgent": ("asap", "emergency", "critical", "sofort", "notfall"),
        },
    }
    examples: ClassVar = {
        "reference": "A1",
        "title": "Yearly service of the boiler",
        "description": "Bring the key.",
        "customer": "Hotel Seeblick",
        "site": "Main house",
        "status": "pending",
        "priority": "medium",
        "scheduled_date": "2026-01-31",
        "start_time": "08:00",
        "end_time": "09:30",
    }

    customer = Field(
        attribute="customer", column_name="customer", widget=NamedWidget(Customer, "name")
    )
    site = Field(
        attribute="site",
        column_name="site",
        widget=NamedWidget(Site, "name", within="customer"),
    )
    assigned_to = _person("assigned_to")
    owner = _person("owner", saves_null_values=False)
    created_by = _person("created_by", saves_null_values=False)

    class Meta:
        model = Job
        import_id_fields = ("number",)
        fields = (
            "number",
            "title",
            "description",
            "customer",
            "site",
            "status",
            "priority",
            "scheduled_date",
            "start_time",
            "end_time",
            "assigned_to",
            "owner",
            "created_by",
        )

    def widget(self, name: str) -> Any:
        return MomentWidget() if name == "completed_at" else super().widget(name)

    def read(self, line: Line) -> None:
        super().read(line)
        line.values["number"] = line.values.get("number", "").upper()

    def find(self, lines: Sequence[Line]) -> None:
        super().find(lines)
        for line in lines:
            number = line.values["number"]
            if number and line.row is None and not line.errors.get("number"):
                line.fault(
                    "number",
                    _("There is no job %(number)s. Leave this empty for a new job.")
                    % {"number": number},
                )

    def claims(self, line: Line) -> Iterator[tuple[str, Any]]:
        yield from super().claims(line)
        if reference := self.reference(line):
            yield "reference", reference

    # Before the rules are asked

    def prepare(self, lines: Sequence[Line]) -> None:
        named = [line.values.get(name) for line in lines for name in ("assigned_to", "owner")]
        named += [line.values.get("created_by") for line in lines]
        named += [self.by or self.in_charge]
        self.able = Able({person.pk for person in named if person})
        self._refuse_loaded([line for line in lines if line.row is None])

    def _refuse_loaded(self, lines: Sequence[Line]) -> None:
        """What was taken in before would be there twice."""
        if self.again:
            return
        made = earlier.references("jobs", {self.reference(line) for line in lines})
        numbers = dict(
            Job.objects.filter(pk__in=[each.object_id for each in made.values()]).values_list(
                "pk", "number"
            )
        )
        for line in lines:
            reference = self.reference(line)
            if reference in made and made[reference].object_id in numbers:
                number = numbers[made[reference].object_id]
                line.fault("reference", earlier.told(made[reference].load, row=number))
            elif self.load_before and not reference and not line.values["number"]:
                line.fault("", earlier.told(self.load_before))

    @cached_property
    def load_before(self) -> Import | None:
        """The import of this very file, if there was one."""
        return earlier.load_of("jobs", self.digest)

    @cached_property
    def in_charge(self) -> User | None:
        """The first Admin: answers for new jobs that name no owner and are taken in by nobody."""
        admins = User.objects.active().holding(Role.ADMIN).order_by("pk")
        return next(iter(admins[:1]), None)

    # What becomes of a line

    @cached_property
    def blank(self) -> Job:
        return Job() if self.by is None else Job(owner=self.by, created_by=self.by)

    def put(self, line: Line) -> None:
        status = line.values.get("status")
        line.row.known_people = self.able
        if line.is_new:
            super().put(line)
            self._begin(line, status or JobStatus.PENDING)
        elif status and status != line.row.status:
            line.is_alone = True
        else:
            super().put(line)

    def put_value(self, line: Line, name: str, value: Any) -> None:
        if name in {"number", "status"}:
            return
        if name == "created_by" and not line.is_new:
            if value.pk != line.row.created_by_id:
                line.fault(name, _("Who entered a job stays."))
            return
        super().put_value(line, name, value)

    def _begin(self, line: Line, status: str) -> None:
        """A new job arrives in any status; completed, at its time."""
        job, at = line.row, line.values.get("completed_at")
        if job.owner_id is None and self.by is None and self.in_charge is not None:
            job.owner = self.in_charge
        if job.created_by_id is None and job.owner_id is not None:
            job.created_by = job.owner
        by = self.by or (job.owner if job.owner_id else None)
        acts.begin_as(job, JobStatus(status), by=by, at=at or audit.now())
        self.note(line, "status", "", line.values.get("status") or "")
        if at is not None:
            self._check_completed(line, status, at)
            self.note(line, "completed_at", "", self.widget("completed_at").render(at))

    def _check_completed(self, line: Line, status: str, at: Any) -> None:
        if status != JobStatus.COMPLETED:
            line.fault(
                "completed_at", _("Only a job of the status completed has this. Leave it empty.")
            )
        elif at > audit.now():
            line.fault("completed_at", _("This lies in the future."))
        elif doubt := MomentWidget().doubt(line.cells["completed_at"], date_form=self.date_form):
            line.fault("completed_at", doubt)

    def is_changed(self, line: Line) -> bool:
        return line.is_alone or super().is_changed(line)

    def allow(self, line: Line) -> None:
        if not line.is_alone:  # Which asks as it goes.
            super().allow(line)

    def label(self, row: Any) -> str:
        return str(row.title if row._state.adding else row)

    # By verbs

    def write_alone(self, line: Line) -> None:
        job, before, status = line.row, line.row.status, line.values["status"]
        if job.is_closed and status == JobStatus.PENDING:
            # A closed job does not change: it is taken up again before the rest of its row.
            self._move(line, Verb.REOPEN)
        super().put(line)
        if job.changed():
            self.require("change", job)
            acts.write(job)
        if job.status != status:
            self._move(line, _verb(job, status))
        self.note(line, "status", before, job.status)

    def _move(self, line: Line, verb: Verb) -> None:
        job, reason = line.row, cell_text(line.values.get("reason"))
        # The file's name is no reason why.
        kept = reason or ("" if TABLE[verb].needs_reason else audit.reason())
        with audit.act(reason=kept):
            if self.by is not None:
                acts.check(job, acts.action_of(job, verb, by=self.by), by=self.by)
            acts.move_held(job, verb, by=self.by or job.owner)


def _verb(job: Job, status: str) -> Verb:
    """The verb by which a job comes to stand there. Raises `ValidationError` where none does."""
    for verb in verbs_from(job.status):
        if TABLE[verb].target == status:
            return verb
    message = _("%(job)s is %(now)s; from there it cannot become %(wanted)s.") % {
        "job": job.number,
        "now": said(job.status),
        "wanted": said(status),
    }
    raise ValidationError({"status": message})
