"""Tasks as rows of a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy
from import_export.fields import Field

from core.imports import earlier
from core.record.cells import (
    MultiValueColumn,
    NamedManyWidget,
    NamedWidget,
    as_word,
    cell_text,
    joined,
)
from core.record.lines import Line
from core.record.named import SEVERAL, unknown
from core.record.resources import RecordedResource
from operations.models import Equipment, Job, Task
from operations.models.task import placed
from operations.resources import references, words
from operations.resources.references import BY_NUMBER, BY_REFERENCE


class TaskResource(RecordedResource):
    """Tasks by job and position; without a position, a new one at the end.

    A job is named by its number, or by the reference of the row that made it in another file; where
    the column is called `reference` or `number`, by that alone. Whoever comes from another system
    may have names there that are numbers here, of other jobs.
    `equipment` names what the task needs by serial numbers, with semicolons between them, and in
    quotes where they have one. Progress is no business of a file: `status` and `note` are there to
    be read, and an import leaves them.
    """

    makes_anew: ClassVar = True
    read_only: ClassVar = frozenset({"status", "note"})
    extra_columns: ClassVar = {"status": gettext_lazy("status"), "note": gettext_lazy("note")}
    shown_beside: ClassVar = {"status": "status", "note": "note"}
    read_from: ClassVar = {"equipment": MultiValueColumn("equipment__serial_number")}
    required: ClassVar = frozenset({"job", "title"})
    synonyms: ClassVar = {
        "job": ("job number", "auftrag", "auftragsnummer", "nr", *BY_NUMBER, *BY_REFERENCE),
        "position": ("pos", "no", "order", "step", "reihenfolge", "schritt"),
        "title": ("task", "aufgabe", "arbeitsschritt", *words.TITLES),
        "description": words.DETAILS,
        "equipment": ("tools", "serial numbers", "gerät", "geräte", "ausrüstung", "werkzeug"),
        "status": ("state", "stand"),
        "note": words.NOTES,
    }
    examples: ClassVar = {
        "job": "A1",
        "position": "1",
        "title": "Drain and flush",
        "description": "Catch the water.",
        "equipment": "SN-0815",
    }

    job = Field(attribute="job", column_name="job", widget=NamedWidget(Job, "number"))
    equipment = Field(
        attribute="equipment",
        column_name="equipment",
        widget=NamedManyWidget(Equipment, "serial_number"),
    )

    class Meta:
        model = Task
        import_id_fields = ("job", "position")
        fields = ("job", "position", "title", "description", "equipment")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # The last position of each job that this file has given a task.
        self.last: dict[int, int] = {}

    # Found

    def name(self, lines: Sequence[Line]) -> None:
        self._find_jobs([line for line in lines if "job" in line.cells])
        self.find_named("equipment", lines)

    def _find_jobs(self, lines: Sequence[Line]) -> None:
        """Hold the jobs: the set of their tasks changes (rules R1 and R2)."""
        numbers = {cell_text(line.cells["job"]) for line in lines} - {""}
        made = earlier.references("jobs", numbers)
        named = Q(number__in=[name.upper() for name in numbers])
        named |= Q(pk__in=[each.object_id for each in made.values()])
        jobs = Job.held_rows(self.visible(Job).filter(named)) if numbers else []
        by_number, by_key = {job.number: job for job in jobs}, {job.pk: job for job in jobs}
        for line in lines:
            if name := cell_text(line.cells["job"]):
                reference = made.get(name)
                self._set_job(
                    line,
                    name,
                    numbered=by_number.get(name.upper()),
                    referred=by_key.get(reference.object_id) if reference else None,
                )

    def _set_job(
        self, line: Line, name: str, *, numbered: Job | None, referred: Job | None
    ) -> None:
        """The job of this number, or of this reference: as the column is called."""
        if self._is_called(BY_REFERENCE):
            job = referred
        elif self._is_called(BY_NUMBER):
            job = numbered
        else:
            job = numbered or referred
            if numbered and referred and numbered != referred:
                line.extra["doubt"] = references.doubt(name, numbered, referred)
        if job:
            line.values["job"] = job
        elif numbered:
            line.fault("job", references.no_reference(name, numbered))
        else:
            line.fault("job", unknown(Job, [name]))

    def _is_called(self, names: Collection[str]) -> bool:
        return as_word(self.header_of.get("job", "").rstrip(".:*")) in names

    def find(self, lines: Sequence[Line]) -> None:
        placed = [line for line in lines if self._place(line) is not None]
        rows = self.visible(Task).filter(
            job__in={line.values["job"].pk for line in placed},
            position__in={line.values["position"] for line in placed},
        )
        found: dict[tuple[int, int], list[Task]] = defaultdict(list)
        for task in Task.held_rows(rows) if placed else ():
            found[task.job_id, task.position].append(task)
        for line in placed:
            same = found.get((line.values["job"].pk, line.values["position"]), [])
            if len(same) > 1:
                line.fault("", SEVERAL)
            elif same:
                line.row = same[0]
                line.row.job = line.values["job"]
        self._place_others(lines)

    def _place(self, line: Line) -> Any:
        return line.values.get("position") if "job" in line.values else None

    def _place_others(self, lines: Sequence[Line]) -> None:
        """Those without a position come last in their job, one after the other."""
        open_lines = [
            line
            for line in lines
            if "job" in line.values and "position" not in line.values | line.errors
        ]
        jobs = {line.values["job"].pk for line in open_lines}
        last = Task.objects.filter(job__in=jobs).last_positions() if jobs else {}
        for line in lines:
            if "job" not in line.values or "position" in line.errors:
                continue
            job = line.values["job"].pk
            known = max(self.last.get(job, 0), last.get(job, 0))
            line.extra["position"] = placed(line.values.get("position"), last=known)
            self.last[job] = max(self.last.get(job, 0), line.extra["position"])

    def claims(self, line: Line) -> Iterator[tuple[str, Any]]:
        if "position" in line.extra:
            yield "", (line.values["job"].pk, line.extra["position"])

    def prepare(self, lines: Sequence[Line]) -> None:
        self._read_equipment([line.row.pk for line in lines if line.row])

    def is_nameless(self, line: Line) -> bool:
        return "position" not in line.values

    def _read_equipment(self, keys: list[int]) -> None:
        self.required_now: dict[int, list[tuple[int, str]]] = defaultdict(list)
        pairs = Task.equipment.through._base_manager.filter(task__in=keys)
        columns = ("task", "equipment", "equipment__serial_number")
        for task, item, serial in pairs.order_by("equipment").values_list(*columns) if keys else ():
            self.required_now[task].append((item, serial))

    # What becomes of a line

    def fresh(self, line: Line) -> Task:
        task: Task = super().fresh(line)
        task.position = line.extra.get("position", line.values.get("position", 0))
        if "job" in line.values:
            task.job = line.values["job"]
        return task

    def allow(self, line: Line) -> None:
        super().allow(line)
        if "job" in line.values:
            self.require("change", line.values["job"])

    def put_value(self, line: Line, name: str, value: Any) -> None:
        if name in self.key:
            self.note(line, name, "", str(value))
        elif name != "equipment":
            super().put_value(line, name, value)
        else:
            self._put_equipment(line, value)

    def _put_equipment(self, line: Line, items: list[Equipment]) -> None:
        now = [] if line.is_new else self.required_now[line.row.pk]
        wanted = {item.pk: item for item in items}
        if wanted.keys() != {pk for pk, _serial in now}:
            line.extra["wanted"] = wanted
            line.extra["newly"] = [wanted[pk] for pk in wanted if pk not in dict(now)]
            widget = self.widget("equipment")
            self.note(
                line, "equipment", joined(serial for _pk, serial in now), widget.render(items)
            )

    def is_changed(self, line: Line) -> bool:
        return "wanted" in line.extra or super().is_changed(line)

    def check(self, line: Line, **but: Any) -> None:
        # Asked of what would be written alone: what an export says changes nothing, either way.
        if "doubt" in line.extra:
            line.fault("job", line.extra["doubt"])
        try:
            if "job" in line.values:
                line.values["job"].check_open()
            Task.check_equipment(line.extra.get("newly", ()))
        except ValidationError as error:
            line.refuse(error)
        super().check(line, **but)

    def write(self, lines: Sequence[Line], **relation: Any) -> None:
        wanted = {
            id(line.row): line.extra["wanted"].keys() for line in lines if "wanted" in line.extra
        }
        super().write(lines, relation="equipment", wanted=wanted)
