"""Refusals of acts on persons and cases: the same base as on every other floor."""

from django.utils.translation import gettext_lazy as _

from healthcode.core.offices.refusals import NotAllowed, Refusal, StalePage, collected

__all__ = ("Grown", "NoCode", "NotAllowed", "Refusal", "StalePage", "collected")


class Grown(StalePage):
    """Somebody more is reached than was locked; an act that can begin anew does so before anybody is told."""

    code = "cases.reach_grew"


class NoCode(Refusal):
    """The person is dead: the code is deactivated and nothing more is opened."""

    code = "persons.code_deactivated"
    message = _("This person's code was deactivated when the death was recorded.")
