"""Refusals: why an act was not done, in words fit to show to staff."""

import re

from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """An act that may not happen. Subclasses stand beside the function that raises them, one per reason.

    `field` names the input the reason concerns; empty means the act as a whole.
    """

    message = _("This cannot be done.")
    field = ""

    def __init__(self, message: object = None, *, field: str | None = None, **values: object) -> None:
        self.said = message or self.message
        self.values = values
        if field is not None:
            self.field = field
        super().__init__(self.said)

    def __str__(self) -> str:
        return str(self.said) % self.values if self.values else str(self.said)

    @property
    def code(self) -> str:
        """Return the stable code of the reason, for machines."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class NotAllowed(Refusal):
    """The role table does not have this act for this user, or not for this person."""

    message = _("Your role or your office's area does not allow this.")


class StalePage(Refusal):
    """The record changed after the page was opened."""

    message = _(
        "This person's record has changed since you opened the page. Look at it again, then confirm once more."
    )
