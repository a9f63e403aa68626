"""Numbers of certificates and letters, typed by hand: what one lightens a colour by has to be findable again."""

from django.utils.translation import gettext_lazy as _

from cases.services.engine.refusals import Refusal

LEAST = 4  # letters and digits


class NotAReference(Refusal):
    code = "references.not_a_number"
    message = _(
        "This is not a number that somebody could look up: at least four letters or digits, and a digit among them."
    )


def require(number: str, *, field: str) -> str:
    """Return a number without blanks around it; refuse one of blanks, of a single sign, of signs alone."""
    written = number.strip()
    signs = [sign for sign in written if sign.isalnum()]
    if len(signs) < LEAST or not any(sign.isdecimal() for sign in signs) or len(set(signs)) == 1:
        raise NotAReference(field=field)
    return written
