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
