"""Refusals: why an act was not done, in words fit to show to staff."""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from healthcode.core.languages import in_words, spoken


class Refusal(Exception):
    """An act that may not happen. Subclasses stand beside the function that raises them, one per reason.

    `code` names the reason for machines, room first (`persons.number.wrong_check_digit`). It is part of the API:
    a class may be renamed, its code may not. `field` names the input the reason concerns; empty means the act as a
    whole.
    """

    # Every reason by its code.
    by_code: ClassVar[dict[str, type["Refusal"]]] = {}

    code = "refused"
    message = _("This cannot be done.")
    field = ""
    retry_after: int | None = None  # seconds, where the same would be done a little later
    asks = False  # a person can answer it: a row of a file that is refused so waits for one

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        if "code" not in vars(cls):
            raise TypeError(f"{cls.__qualname__} needs a code of its own.")
        if Refusal.by_code.setdefault(cls.code, cls).__qualname__ != cls.__qualname__:
            raise TypeError(f"{cls.__qualname__} has the code of another refusal: {cls.code}.")

    def __init__(
        self,
        message: object = None,
        *,
        field: str | None = None,
        known: object = None,
        retry_after: int | None = None,
        **values: object,
    ) -> None:
        self.sentence = message or self.message
        self.known = known  # the row that says the same already, where that is why
        self.values = values
        if field is not None:
            self.field = field
        if retry_after is not None:
            self.retry_after = retry_after
        super().__init__(self.sentence)

    def __str__(self) -> str:
        sentence = str(spoken(self.sentence))
        return sentence % in_words(self.values) if self.values else sentence

    @property
    def parts(self) -> Sequence["Refusal"]:
        """Return the refusals that this one is made of: itself, where it is one."""
        return (self,)


def collected(*checks: Callable[[], object]) -> Iterator[Refusal]:
    """Yield what each of several checks refuses: all that is wrong at once, where none of them rests on another."""
    for check in checks:
        try:
            check()
        except Refusal as refusal:
            yield refusal


class NotAllowed(Refusal):
    """The role table does not have this act for this user, or not for this person."""

    code = "not_allowed"
    message = _("Your role or your office's area does not allow this.")


class OutsideToken(NotAllowed):
    """The role table has this act for the machine, but not the token that it came by."""

    code = "tokens.outside_scope"
    message = _("This token was not granted for that.")


class StalePage(Refusal):
    """The record changed after the page was opened."""

    code = "stale_page"
    message = _(
        "This person's record has changed since you opened the page. Look at it again, then confirm once more."
    )
