"""Jobs as rows of a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.fields import Field

from core.imported import LONGEST_REFERENCE
from core.imports import earlier
from core.record import audit
from core.record.cells import MomentWidget, NamedWidget, cell_text
from core.record.lines import Line
from core.record.resources import RecordedResource
from core.record.spreadsheet import moment
from core.roles import Role
from operations import acts
from operations.models import Customer, Job, Site
from operations.models.job_rules import NAMING, Eligible, eligible
from operations.resources import references, words
from operations.states import TRANSITIONS, JobStatus, Verb, status_in_sentence, verbs_from
from people.models import User

_EXAMPLES = {
    "reference": "A1",
    "title": "Yearly service of the boiler",
    "description": "Bring the key.",
    "customer": "Hotel Seeblick",
    "site": "Main house",
    "status": "pending",
    "priority": "medium",
    "scheduled_date": "2030-01-31",
    "start_time": "08:00",
    "end_time": "09:30",
}


def _person(name: str, **options: Any) -> Field:
    offered = (lambda: eligible()[name]) if name in NAMING else None
    widget = NamedWidget(User, "username", offered=offered)
    return Field(attribute=name, column_name=name, widget=widget, **options)


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
    longest: ClassVar = {"reference": LONGEST_REFERENCE}
    required: ClassVar = frozenset({"title", "customer"})
    makes_anew: ClassVar = True
    related: ClassVar = ("customer", "site", "assigned_to", "owner", "created_by")
    shown_beside: ClassVar = {"completed_at": "completed_at"}
    synonyms: ClassVar = words.JOB_COLUMNS
    words: ClassVar = words.JOB_WORDS
    examples: ClassVar = _EXAMPLES

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
        try:
            line.values["reason"] = audit.kept_reason(self.reason(line))
        except ValidationError as error:
            line.refuse(error)

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
        self._read_kept([line for line in lines if line.row])
        named = [line.values.get(name) for line in lines for name in ("assigned_to", "owner")]
        named += [line.values.get("created_by") for line in lines]
        named += [self.by or self.in_charge]
        self.eligible = Eligible({person.pk for person in named if person})
        fresh = [line for line in lines if line.row is None]
        self._refuse_loaded(fresh)
        references.tell_of_numbers(fresh, self.visible(Job), reference=self.reference)

    def _read_kept(self, lines: Sequence[Line]) -> None:
        """What of that which these lines say beside the fields their jobs have already."""
        names = {self.reference(line) for line in lines} - {""}
        self.kept = earlier.made_under("jobs", names)
        if found := [line.row.pk for line in lines if self.reason(line)]:
            records = Job.history.filter(id__in=found)
            self.kept |= set(records.values_list("id", "history_change_reason"))

    def _has(self, job: Job, text: str) -> bool:
        return not text or (job.pk, text) in self.kept

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
                line.fault(
                    "reference", earlier.already_loaded_text(made[reference].load, row=number)
                )

    def is_nameless(self, line: Line) -> bool:
        return not (line.values["number"] or self.reference(line))

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
        line.row.known_people = self.eligible
        if line.is_new:
            super().put(line)
            self._begin(line, status or JobStatus.PENDING)
            return
        moved_to = status if status and status != line.row.status else ""
        self._check_beside(line, moved_to)
        if moved_to:
            line.is_alone = True
        else:
            super().put(line)

    def _check_beside(self, line: Line, moved_to: str) -> None:
        """Refuse what a file says beside the fields of a job that is there, where nothing would
        become of it: but for what that job has already."""
        job, at = line.row, line.values.get("completed_at")
        if at is not None and not _is_at(job.completed_at, at):
            if job.completed_at and not moved_to:
                stays = _(
                    "It was completed at %(at)s, which cannot be changed here. Leave this empty."
                )
                line.fault("completed_at", stays % {"at": moment(job.completed_at)})
            else:
                self._check_completed(line, moved_to, at)
        if not self._has(job, self.reference(line)):
            line.fault("reference", _("Only a new job takes a reference. Leave this empty."))
        if not moved_to and not self._has(job, self.reason(line)):
            why = _("A reason is only for a change of status. Leave this empty.")
            line.fault("reason", why)

    def reason(self, line: Line) -> str:
        """Why a new job comes as it does, or one that is there moves."""
        return cell_text(line.values.get("reason"))

    def put_value(self, line: Line, name: str, value: Any) -> None:
        if name in {"number", "status"}:
            return
        if name == "created_by" and not line.is_new:
            if value.pk != line.row.created_by_id:
                line.fault(name, _("Who entered a job cannot be changed."))
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
            self.note(line, "completed_at", "", moment(at))
        self.note(line, "reason", "", self.reason(line))

    def _check_completed(self, line: Line, status: str, at: Any) -> None:
        if status != JobStatus.COMPLETED:
            line.fault("completed_at", _("Only a completed job has this. Leave it empty."))
        elif at > audit.now():
            line.fault("completed_at", _("This is in the future."))
        elif doubt := MomentWidget().doubt(line.cells["completed_at"], date_form=self.date_form):
            line.fault("completed_at", doubt)

    def is_changed(self, line: Line) -> bool:
        return line.is_alone or super().is_changed(line)

    def allow(self, line: Line) -> None:
        if not line.is_alone:  # Which asks as it goes.
            super().allow(line)

    def label(self, row: Any) -> str:
        return str(row.title if row._state.adding else row)

    def write(self, lines: Sequence[Line], **relation: Any) -> None:
        # Numbers are given in the order of the file.
        for reason, some in groupby(lines, self.reason):
            with audit.act(reason=reason or audit.reason()):
                super().write(list(some), **relation)

    # By verbs

    def write_alone(self, line: Line) -> None:
        job, before, status = line.row, line.row.status, line.values["status"]
        if job.is_closed and status == JobStatus.PENDING:
            # A closed job does not change: it is taken up again before the rest of its row.
            self._move(line, Verb.REOPEN)
        super().put(line)
        if job.changed():
            self.require("change", job)
            line.warn(acts.write(job).warnings)
        if job.status != status:
            self._move(line, _verb(job, status))
        self.note(line, "status", before, job.status)
        if job.status == JobStatus.COMPLETED and line.values.get("completed_at"):
            self.note(line, "completed_at", "", moment(job.completed_at))
        self.note(line, "reason", "", self.reason(line))

    def _move(self, line: Line, verb: Verb) -> None:
        job, reason = line.row, self.reason(line)
        # The file's name is no reason why.
        kept = reason or ("" if TRANSITIONS[verb].needs_reason else audit.reason())
        with audit.act(reason=kept):
            if self.by is not None:
                acts.check(job, acts.action_of(job, verb, by=self.by), by=self.by)
            at = line.values.get("completed_at")
            moved = acts.move_held(job, verb, by=self.by or job.owner, completed_at=at)
            line.warn(moved.warnings)


def _is_at(one: datetime | None, other: datetime) -> bool:
    """Are both the same moment, as far as a workbook can say, which has neither offsets nor parts
    of a second?"""
    if one is None:
        return False
    zone = timezone.get_default_timezone()
    first, second = (timezone.make_naive(each, zone) for each in (one, other))
    return abs(first - second) < timedelta(seconds=1)


def _verb(job: Job, status: str) -> Verb:
    """The verb by which a job comes to stand there. Raises `ValidationError` where none does."""
    for verb in verbs_from(job.status):
        if TRANSITIONS[verb].target == status:
            return verb
    message = _("%(job)s is %(now)s, so it cannot become %(wanted)s.") % {
        "job": job.number,
        "now": status_in_sentence(job.status),
        "wanted": status_in_sentence(status),
    }
    raise ValidationError({"status": message})
