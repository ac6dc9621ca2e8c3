"""What people call the columns of their own tables, in English and German."""

OF_CUSTOMER = (
    "kunde",
    "kundenname",
    "firma",
    "firmenname",
    "auftraggeber",
    "company",
    "client",
    "customer name",
)
PHONES = (
    "tel",
    "telefon",
    "telefonnummer",
    "telephone",
    "phone number",
    "mobile",
    "mobil",
    "handy",
)
MAILS = ("mail", "e-mail", "email address", "e-mail-adresse", "mailadresse")
NOTES = (
    "note",
    "comment",
    "comments",
    "remarks",
    "bemerkung",
    "bemerkungen",
    "anmerkungen",
    "notiz",
)
NAMES = ("bezeichnung", "title", "titel", "benennung")
TITLES = ("bezeichnung", "subject", "betreff", "name", "was", "what", "task name", "job title")
DETAILS = ("beschreibung", "details", "text", "description of work")
ACTIVE = ("aktiv", "enabled", "in use")

JOB_COLUMNS = {
    "reference": ("ref", "referenz", "your reference", "id", "external id", "extern"),
    "number": ("job", "job number", "job no", "nr", "nummer", "auftrag", "auftragsnummer"),
    "title": TITLES,
    "description": (*DETAILS, *NOTES),
    "customer": OF_CUSTOMER,
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
JOB_WORDS = {
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
