"""Dates and times as an international office reads them: day before month, 24 hours."""

DATE_FORMAT = "j M Y"
SHORT_DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"
SHORT_DATETIME_FORMAT = "j M Y, H:i"
FIRST_DAY_OF_WEEK = 1
# The first is what the calendar writes; the last ones are what our own pages show.
DATE_INPUT_FORMATS = [
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%d %b %Y",
    "%a %d %b %Y",
    "%d %B %Y",
    "%A, %d %B %Y",
]
TIME_INPUT_FORMATS = ["%H:%M", "%H:%M:%S"]
