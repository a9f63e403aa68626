"""Numbers of certificates and letters, typed by hand: what one lightens a colour by has to be findable again."""

from django.utils.translation import gettext_lazy as _

from cases.services.engine.refusals import Refusal
from healthcode.core.audit.guards import SIGN, says
from healthcode.core.offices.words import SaysNothing

LEAST = 4  # letters and digits


class NotAReference(Refusal):
    code = "references.not_a_number"
    message = _(
        "This is not a number that somebody could look up: at least four letters or digits, and a digit among them."
    )


def given(text: str, *, field: str) -> str:
    """Return a text without blanks around it; refuse one that says nothing."""
    if not says(text):
        raise SaysNothing(field=field)
    return text.strip()


def require(number: str, *, field: str) -> str:
    """Return a number without blanks around it; refuse one of blanks, of a single sign, of signs alone."""
    written = number.strip()
    signs = SIGN.findall(written)
    if len(signs) < LEAST or not any(sign.isdecimal() for sign in signs) or len(set(signs)) == 1:
        raise NotAReference(field=field)
    return written
