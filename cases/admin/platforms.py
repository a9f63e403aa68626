"""The two platforms of the guide in one house: which of them an act belongs to.

Section 3 has staff enter in the provincial platform; section 5 has them look up and explain in the municipal one.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PROVINCIAL = _("provincial platform")
MUNICIPAL = _("municipal platform")

_ENTRIES = ("case.", "order.", "result.", "declaration.", "visit.")


def platform_of(act: str) -> str | Promise:
    """Return the platform in whose name an act is done."""
    return PROVINCIAL if act.startswith(_ENTRIES) else MUNICIPAL
