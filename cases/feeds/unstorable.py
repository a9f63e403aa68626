"""What Python or a database refuses of a row though no rule foresaw it: the row comes back, the others go on."""

import logging

from django.db import DataError
from django.utils.translation import gettext_lazy as _

from cases.services.engine.refusals import Refusal

log = logging.getLogger(__name__)

# Values that are none: text that no database stores, numbers and times beyond any range, nesting without end.
ERRORS = (ValueError, ArithmeticError, RecursionError, DataError)


class Unstorable(Refusal):
    code = "deliveries.row.unstorable"
    message = _("Something in this row cannot be read or stored: write it anew, cell by cell.")


def refusal(error: Exception, *, about: str) -> Unstorable:
    """Return the refusal that such an error comes to, and log the error; `about` names file and row, no person."""
    log.error("%s cannot be stored.", about, exc_info=error)
    return Unstorable()
