"""The table of the design, and what it says of a question, a row and whoever asks."""

from __future__ import annotations

from operations.models import Customer, Equipment, Job, JobShare, Site, Task
from people.models import User

DESIGN = """
| | Admin | Sales agent | Technician |
|---|---|---|---|
| see jobs | all | owned by them, or shared with them | assigned to them, or shared with them |
| create a job | yes | yes, and own it | no |
| edit a job: text, customer, schedule, priority, assignment, its tasks | all | own | no |
| hand a job to another owner | yes | no | no |
| progress: start, hold, resume, complete, task status and note | all | no | assigned, or shared for progress |
| cancel, reopen | all | own | no |
| delete a job | yes | no (cancel it) | no |
| share a job, to `view`; with a technician also to `progress` | all | own | no |
| customers and sites | all | see all, add, change | see those of jobs they see |
| equipment | all | see | see |
| people | all | see name, role, phone | see name, role, phone |
| own profile: name, phone, password, notices | yes | yes | yes |
| analytics, reports | yes | no | no |
| audit log | all | of the jobs they see | of the jobs they see |
| import | yes | no | no |
| export | all | what they see | no |
| schedules, failed background work | yes (only a superuser names a function to run) | no | no |
"""  # noqa: E501 (the design's own lines)
# What came after it.
BEYOND = "| the company: name, address, logo | yes | no | no |"


def table() -> dict[str, dict[str, str]]:
    """The design's cells, by the first words of the line and by role."""
    lines = [*DESIGN.split("\n")[1:-1], BEYOND]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    head, body = cells[0][1:], cells[2:]
    return {line[0].split(":")[0]: dict(zip(head, line[1:], strict=True)) for line in body}


CELLS = table()
JOB, TASK, SHARE = "operations.job", "operations.task", "operations.jobshare"
CUSTOMER, SITE, EQUIPMENT = "operations.customer", "operations.site", "operations.equipment"
PERSON, ANALYTICS, SCHEDULE = "people.user", "reports.analytics", "django_q.schedule"
FIRM = "people.company"
OF_JOBS = (JOB, TASK, SHARE)
PLACES = (CUSTOMER, SITE)
MODELS = {
    model._meta.label_lower: model for model in (Job, Task, JobShare, Customer, Site, Equipment)
} | {PERSON: User}

# How a row is related to whoever asks.
OWN, FOREIGN, ASSIGNED = "own", "foreign", "assigned"
TO_VIEW, FOR_PROGRESS = "shared to view", "shared for progress"
RELATIONS = (OWN, FOREIGN, TO_VIEW, FOR_PROGRESS, ASSIGNED)
IDLE = "without a job"
SELF, COLLEAGUE, SUPERUSER = "self", "colleague", "superuser"
NO_ROW = "no row"
ROWS = {
    **dict.fromkeys(OF_JOBS, RELATIONS),
    **dict.fromkeys(PLACES, (*RELATIONS, IDLE)),
    EQUIPMENT: (IDLE,),
    PERSON: (SELF, COLLEAGUE, SUPERUSER),
    ANALYTICS: (),
    SCHEDULE: (),
    FIRM: (),
}

# What is asked of core.access for each line of the table: model and action.
QUESTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "see jobs": ((JOB, "view"), (TASK, "view"), (SHARE, "view")),
    "create a job": ((JOB, "add"),),
    "edit a job": ((JOB, "change"), (TASK, "add"), (TASK, "change"), (TASK, "delete")),
    "hand a job to another owner": ((JOB, "hand_over"),),
    "progress": ((JOB, "progress"), (TASK, "progress")),
    "cancel, reopen": ((JOB, "cancel"), (JOB, "reopen")),
    "delete a job": ((JOB, "delete"),),
    "share a job, to `view`; with a technician also to `progress`": (
        (JOB, "share"),
        (SHARE, "add"),
        (SHARE, "change"),
        (SHARE, "delete"),
    ),
    "customers and sites": tuple(
        (label, action) for label in PLACES for action in ("view", "add", "change", "delete")
    ),
    "equipment": tuple((EQUIPMENT, action) for action in ("view", "add", "change", "delete")),
    "people": tuple((PERSON, action) for action in ("view", "add", "change", "delete")),
    "own profile": ((PERSON, "change_profile"),),
    "analytics, reports": ((ANALYTICS, "view"),),
    "audit log": tuple((label, "audit") for label in MODELS),
    "import": tuple((label, "import") for label in MODELS if label != SHARE),
    "export": tuple((label, "export") for label in MODELS if label != SHARE),
    "schedules, failed background work": ((SCHEDULE, "view"), (SCHEDULE, "change")),
    "the company": tuple((FIRM, action) for action in ("view", "add", "change", "audit")),
}
ASKED = {question: line for line, questions in QUESTIONS.items() for question in questions}

REACHES = {
    "all": set(RELATIONS),
    "yes": set(RELATIONS),
    "yes, and own it": set(RELATIONS),
    "yes (only a superuser names a function to run)": set(RELATIONS),
    "no": set(),
    "no (cancel it)": set(),
    "own": {OWN},
    "owned by them, or shared with them": {OWN, TO_VIEW, FOR_PROGRESS},
    "assigned to them, or shared with them": {ASSIGNED, TO_VIEW, FOR_PROGRESS},
    "assigned, or shared for progress": {ASSIGNED, FOR_PROGRESS},
}
BULK_FORMS = {
    "all": {"view", "add", "change", "delete"},
    "see all, add, change": {"view", "add", "change"},
    "see those of jobs they see": {"view"},
    "see": {"view"},
    "see name, role, phone": {"view"},
}


def role_allows(role: str, label: str, action: str, row: str) -> bool:
    """What the cell of the table says of a role, a question and a row."""
    if row == NO_ROW:
        return any(role_allows(role, label, action, each) for each in ROWS[label] or (OWN,))
    cell = CELLS[ASKED[label, action]][role]
    if cell == "what they see":
        return role_allows(role, label, "view", row)
    return row in reach(cell, role, label, action)


def reach(cell: str, role: str, label: str, action: str) -> set[str]:
    """The rows that a cell lets a role do something to."""
    line, every = ASKED[label, action], {*ROWS[label], OWN}
    seen = REACHES[CELLS["see jobs"][role]]
    if line in {"customers and sites", "equipment", "people"}:
        rows = every & seen if cell == "see those of jobs they see" else every
        # Nobody but a superuser changes a superuser.
        rows -= {SUPERUSER} if action in {"change", "delete"} else set()
        return rows if action in BULK_FORMS[cell] else set()
    if line == "own profile":
        return {SELF} if cell == "yes" else set()
    if cell == "of the jobs they see":
        return seen if label in OF_JOBS else set()
    return REACHES[cell] if label in OF_JOBS or not REACHES[cell] else every


# Who asks. The company's own group gives its permissions on every row, and nothing else.
GIVEN = {
    *((JOB, action) for action in ("view", "change", "progress", "share", "export")),
    *((TASK, action) for action in ("view", "progress")),
    *((SHARE, action) for action in ("view", "add", "change", "delete")),
    *((CUSTOMER, action) for action in ("view", "audit")),
    (SITE, "view"),
    *((EQUIPMENT, action) for action in ("view", "change")),
    *((PERSON, action) for action in ("view", "change", "change_profile")),
}
ADMIN, SALES, TECHNICIAN = "Admin", "Sales agent", "Technician"
BOTH, NONE, GONE = "Sales agent and Technician", "nobody of any role", "deactivated Admin"
ROOT, COMPANY, STRANGER = "superuser", "company group alone", "not signed in"
HOLDS = {ADMIN: [ADMIN], SALES: [SALES], TECHNICIAN: [TECHNICIAN], BOTH: [SALES, TECHNICIAN]}
INSIDE = (*HOLDS, ROOT, COMPANY)
OUTSIDE = (NONE, GONE, STRANGER)


def allows(who: str, label: str, action: str, row: str = NO_ROW) -> bool:
    """May they, by the design?"""
    if who in OUTSIDE:
        return False
    if who == ROOT:
        return True
    if who == COMPANY:
        only_self = action == "change_profile" and row not in {SELF, NO_ROW}
        untouchable = row == SUPERUSER and action in {"change", "delete"}
        return (label, action) in GIVEN and not only_self and not untouchable
    return any(role_allows(role, label, action, row) for role in HOLDS[who])
