"""What stands above a table that leaves the house: what it is, who took it out, when, and what it was narrowed to."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from healthcode.core import languages
from healthcode.core.offices.models import User


def about(title: object, *, by: User, at: datetime, filters: Iterable[str] = ()) -> list[list[str]]:
    """Return the first rows of a table, one cell each, so that whoever reads the file finds the heading below them."""
    taken = _("Taken out by %(who)s (%(username)s), %(office)s, on %(at)s.") % {
        "who": by,
        "username": by.username,
        "office": by.office,
        "at": f"{timezone.localtime(at):%Y-%m-%d %H:%M}",
    }
    narrowed = _("Only: %(filters)s.") % {
        "filters": languages.listed(filters, phrases=True) or _("nothing left out")
    }
    return [[str(title)], [taken], [narrowed]]
