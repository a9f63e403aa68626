"""The language in which whoever asks is answered."""

from django.conf import settings
from django.utils.translation import get_language


def current() -> str:
    """Return the tag of the language spoken now, such as "en"; the house's own where none was chosen."""
    return get_language() or settings.LANGUAGE_CODE
