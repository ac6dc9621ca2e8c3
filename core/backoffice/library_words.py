"""What unfold and Django say on our pages and have no German for, or none that fits: gathered with
our own texts.

Pages are read in every address for what is missing here (tests/languages/).
"""

from django.utils.translation import gettext_noop

WORDS = (
    # Sign-in.
    gettext_noop("Welcome back to"),
    gettext_noop("You have been successfully logged out from the administration"),
    gettext_noop("Thanks for spending some quality time with the web site today."),
    # Passwords. German says some of it wrong, or to the wrong person.
    gettext_noop("Enter the same password as before, for verification."),
    gettext_noop("Your password can’t be too similar to your other personal information."),
    gettext_noop("Your password can’t be a commonly used password."),
    gettext_noop(
        "Please enter your old password, for security’s sake, and then enter your new password "
        "twice so we can verify you typed it in correctly."
    ),
    # The frame of each page.
    gettext_noop("Light"),
    gettext_noop("Dark"),
    gettext_noop("System"),
    gettext_noop("Type to search"),
    gettext_noop("Go back"),
    gettext_noop("Toggle password visibility"),
    gettext_noop("More actions"),
    gettext_noop("History"),
    # Lists.
    gettext_noop("Select action"),
    gettext_noop("Select action to run"),
    gettext_noop("Run"),
    gettext_noop("Select all rows"),
    gettext_noop("Filters"),
    gettext_noop("Apply Filters"),
    gettext_noop("Reset filters"),
    gettext_noop("No results found"),
    gettext_noop("From"),
    gettext_noop("To"),
    gettext_noop("True"),
    gettext_noop("False"),
    # Rows within a form.
    gettext_noop("Add row"),
    gettext_noop("This item will be deleted."),
    gettext_noop("Click to cancel"),
    gettext_noop("Choose file to upload"),
    # A person, new.
    gettext_noop(
        "Whether the user will be able to authenticate using a password or not. If disabled, they "
        "may still be able to authenticate using other backends, such as Single Sign-On or LDAP."
    ),
    # Halves of a day, which are typed as they are shown.
    gettext_noop("AM"),
    gettext_noop("PM"),
)
