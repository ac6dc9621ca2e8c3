"""What happens to each job, by chance: mostly what was planned."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.contrib.auth.models import Permission

from bench.company import words
from bench.company.days import Days
from bench.company.dice import Dice
from bench.company.life import JOB, Life, Step, day_of
from bench.company.places import Customers, Stock
from bench.company.staff import Staff
from bench.company.tables import Actor, Book
from operations.models import Job, JobShare, Task

_PRIORITIES = ("low",) * 4 + ("medium",) * 11 + ("high",) * 4 + ("urgent",)
_STEPS = (0, 1, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8)  # Four on average.
_WORKS = [
    (f"{thing} {verb}", steps) for thing, steps in words.WORKS.items() for verb in words.VERBS
]
_TIMES = [
    (time(begin), time(begin + length, half))
    for begin in range(7, 17)
    for length in (1, 2, 3)
    for half in (0, 30)
]


class Plot:
    """Enters jobs, and has the story of each told."""

    def __init__(
        self,
        book: Book,
        days: Days,
        dice: Dice,
        *,
        staff: Staff,
        customers: Customers,
        stock: Stock,
    ) -> None:
        self.book, self.days, self.dice = book, days, dice
        self.staff, self.customers, self.stock = staff, customers, stock
        self._permissions = {
            level.value: Permission.objects.get_by_natural_key(f"{level}_job", "operations", "job")
            for level in JobShare.Level
        }

    def tell(self, entered: datetime) -> None:
        """The life of a job that is entered at this moment."""
        owner = self.staff.agent(entered)
        if self.dice.chance(0.08):
            owner = self.staff.admin
        technician = self.staff.technician(entered) if self.dice.chance(0.55) else None
        title, steps = self.dice.pick(_WORKS)
        life = Life(self.book, self.days, self._job(title, owner, technician, entered))
        self._enter(life, steps, at=entered, by=owner)
        if self.dice.chance(0.005):
            self._share(life, owner, at=entered + timedelta(minutes=5))
        story = Story(self, life, owner, technician)
        story.prepare()
        story.go_on()
        life.end()

    def day_ahead(self, day: date) -> date:
        """A working day on which something is scheduled, most often within two weeks."""
        soon = self.dice.chance(0.5)
        ahead = -7 * math.log(1 - self.dice.share()) if soon else self.dice.number(14, 60)
        return self.days.working_day(day + timedelta(days=int(ahead)))

    def _job(self, title: str, owner: Actor, technician: Actor | None, entered: datetime) -> Job:
        dice = self.dice
        customer, sites = dice.pick_early(self.customers.all)
        job = Job(
            title=f"{title}, {dice.pick(words.PLACES)}" if dice.chance(0.6) else title,
            description=dice.pick(words.DESCRIPTIONS) if dice.chance(0.4) else "",
            customer=customer,
            site=dice.pick(sites) if dice.chance(0.95) else None,
            priority=dice.pick(_PRIORITIES),
            owner_id=owner.pk,
            assigned_to=technician.user if technician else None,
        )
        if dice.chance(0.92):
            job.scheduled_date = self.day_ahead(day_of(entered))
            if dice.chance(0.6):
                job.start_time, job.end_time = dice.pick(_TIMES)
        return job

    def _enter(self, life: Life, steps: Sequence[str], *, at: datetime, by: Actor) -> None:
        if self.dice.chance(0.06):
            by = self.staff.importing(self.staff.admin)
        life.enter(at=at, by=by)
        titles = (*steps, *words.MORE_STEPS)
        for title in titles[: self.dice.pick(_STEPS)]:
            life.add(title, self.stock.draw(at), at=at, by=by)

    def _share(self, life: Life, owner: Actor, *, at: datetime) -> None:
        view = self.dice.chance(0.7)
        colleagues = [p for p in self.staff.agents if p.is_there(at) and p.pk != owner.pk]
        person = self.dice.pick(colleagues) if view and colleagues else self.staff.technician(at)
        level = (JobShare.Level.VIEW if view else JobShare.Level.PROGRESS).value
        life.share(person, level, self._permissions[level].pk, at=at, by=owner)


class Story:
    """What happens to one job between its entry and today."""

    def __init__(self, plot: Plot, life: Life, owner: Actor, technician: Actor | None) -> None:
        self.plot, self.life, self.job = plot, life, life.job
        self.days, self.dice, self.staff = plot.days, plot.dice, plot.staff
        self.owner = owner
        self.technician = technician
        # From here on something can happen next.
        self.since = life.job.created_at
        self.begins = self._begins(since=self.since)

    def prepare(self) -> None:
        """It is scheduled and assigned, where its entry has not done so."""
        if self.job.scheduled_date is None and self.dice.chance(0.75):
            at = self._meanwhile(0.3)
            if at < self.days.end:
                day = self.plot.day_ahead(day_of(at))
                self.life.write(at=at, by=self._in_office(at), scheduled_date=day)
                self.since, self.begins = at, self._begins(since=at)
        if self.technician is None:
            self._assign(self._meanwhile(0.6))

    def go_on(self) -> None:
        """It is called off, or worked on; or its day has not come yet."""
        off = self._meanwhile(0.9)
        if self.dice.chance(0.065) and off < self.days.end:
            self.life.cancel(self.dice.pick(words.CANCEL_REASONS), at=off, by=self._in_office(off))
            if self.dice.chance(0.03):
                self._take_up_again()
        elif self.begins >= self.days.end:
            self._begin_early()
        elif self.dice.chance(self._lingers()):
            self._linger()
        else:
            self._work()

    # Moments and people

    def _begins(self, *, since: datetime) -> datetime:
        """When the work begins: on its day or some days late, and not before."""
        first = day_of(since)
        day = self.job.scheduled_date or first + timedelta(days=self.dice.number(3, 40))
        if self.dice.chance(0.12):
            day += timedelta(days=self.dice.number(1, 6))
        if day > first:
            return self._morning(day)
        if since.hour < 11:
            return self.days.at(first, 11.5 + self.dice.share())
        return self._morning(first + timedelta(days=1))

    def _morning(self, day: date) -> datetime:
        return self.days.at(self.days.working_day(day), 8 + 4 * self.dice.share())

    def _meanwhile(self, part: float) -> datetime:
        """A moment before the work begins, in office hours; a greater part is a later moment."""
        since, begins = self.since, self.begins
        day = day_of(since) + (day_of(begins) - day_of(since)) * part
        if day == day_of(since):
            return since + min(begins - since, timedelta(hours=2)) * part
        return self.days.at(day, 8 + 9 * part)

    def _in_office(self, at: datetime) -> Actor:
        return self.staff.present(self.owner, at)

    def _worker(self, at: datetime) -> Actor:
        return self.staff.present(self.technician or self.staff.admin, at)

    def _assign(self, at: datetime) -> None:
        if at < self.days.end:
            self.technician = self.staff.technician(at)
            by = self._in_office(at)
            self.life.write(at=at, by=by, assigned_to=self.technician.user)

    # Work

    def _work(self) -> None:
        self._hand_on()
        pauses = self.dice.number(0, 7) if self.dice.chance(0.04) else None
        now = self._do_steps(self.begins, until=pauses)
        if pauses is not None:
            resumed = self._pause(now)
            if resumed >= self.days.end:
                return
            self.life.start(at=resumed, by=self._worker(resumed))
            now = self._do_steps(resumed)
        self._complete(now)
        if self.dice.chance(0.03):
            self._take_up_again()

    def _hand_on(self) -> None:
        """The technician has left: somebody else does it."""
        if self.technician is not None and not self.technician.is_there(self.begins):
            self._assign(self.begins - timedelta(minutes=5))

    def _do_steps(self, now: datetime, *, until: int | None = None) -> datetime:
        """Work on what is not done, up to so many steps in all; when that was done."""
        for step in self.life.steps[:until]:
            if step.task.completed_at is None:
                now = self._do(step, now)
        return now

    def _do(self, step: Step, now: datetime) -> datetime:
        now += timedelta(minutes=self.dice.number(10, 35))
        if step.task.started_at is None and self.dice.chance(0.45):
            self.life.progress(step, Task.Status.IN_PROGRESS, at=now, by=self._worker(now))
            now += timedelta(minutes=self.dice.number(5, 30))
        note = self.dice.pick(words.NOTES) if self.dice.chance(0.15) else ""
        self.life.progress(step, Task.Status.COMPLETED, at=now, by=self._worker(now), note=note)
        return now

    def _complete(self, now: datetime) -> None:
        if self.job.status == JOB[Job.Status.PENDING]:
            self.life.start(at=now, by=self._worker(now))
        now += timedelta(minutes=self.dice.number(2, 15))
        self.life.complete(at=now, by=self._worker(now))

    def _pause(self, now: datetime) -> datetime:
        """It is put on hold; when it could go on."""
        at = now + timedelta(minutes=5)
        reason = self.dice.pick(words.HOLD_REASONS)
        self.life.hold(reason, at=at, by=self._worker(at))
        resumes = self._morning(day_of(at) + timedelta(days=self.dice.number(1, 12)))
        if self.dice.chance(0.6):
            at += timedelta(minutes=15)
            self.life.write(at=at, by=self._in_office(at), scheduled_date=day_of(resumes))
        return resumes

    def _take_up_again(self) -> None:
        """It is reopened and scheduled anew; the last step is done again."""
        at = self._morning(day_of(self.job.updated_at) + timedelta(days=self.dice.number(1, 14)))
        if at >= self.days.end:
            return
        office = self._in_office(at)
        self.life.reopen(self.dice.pick(words.REOPEN_REASONS), at=at, by=office)
        self.begins = self._morning(day_of(at) + timedelta(days=self.dice.number(1, 9)))
        at += timedelta(minutes=10)
        self.life.write(at=at, by=office, scheduled_date=day_of(self.begins))
        if self.begins < self.days.end:
            self._do_again()

    def _do_again(self) -> None:
        self._hand_on()
        now = self.begins
        if self.life.steps:
            worker = self._worker(now)
            self.life.progress(self.life.steps[-1], Task.Status.PENDING, at=now, by=worker)
        self._complete(self._do_steps(now))

    # What is open today

    def _lingers(self) -> float:
        """How likely it is that nobody has finished what should have been done by now."""
        return 0.25 * math.exp(-self.days.age(day_of(self.begins)) / 9) + 0.0004

    def _linger(self) -> None:
        """It was never begun, or is half done, or on hold until somebody does something."""
        if self.dice.chance(0.4):
            return
        self._hand_on()
        now = self._begin()
        if self.dice.chance(0.45):
            self.life.hold(self.dice.pick(words.HOLD_REASONS), at=now, by=self._worker(now))

    def _begin(self) -> datetime:
        """Some steps are done, and another is begun."""
        done = self.dice.number(0, len(self.life.steps))
        now = self._do_steps(self.begins, until=done) + timedelta(minutes=20)
        worker = self._worker(now)
        if done < len(self.life.steps):
            self.life.progress(self.life.steps[done], Task.Status.IN_PROGRESS, at=now, by=worker)
        elif done == 0:
            self.life.start(at=now, by=worker)
        return now + timedelta(minutes=20)

    def _begin_early(self) -> None:
        """Its day has not come yet; a few wait for something, or were begun yesterday."""
        yesterday = self.days.today - timedelta(days=1)
        at = self.days.at(yesterday, 14)
        if self.technician is None or self.job.updated_at >= at or self.dice.chance(0.92):
            return
        self.begins = at
        self._hand_on()
        if self.dice.chance(0.5):
            self.life.hold(self.dice.pick(words.HOLD_REASONS), at=at, by=self._worker(at))
        else:
            self._begin()
