"""The printed pass of somebody who has no phone."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.operations.base import PersonOperation
from cases.selectors.passes import are_shown
from cases.services import passes
from healthcode.core.acts.fields import reason_field
from healthcode.core.offices.models import User


class PrintPass(PersonOperation):
    """Print a pass for somebody who has no phone: a door scans it, and asks for the colour of that moment."""

    name = "print-pass"
    label = _("Print a pass")
    act = "pass.print"
    notice = _(
        "The paper says no colour. A new print revokes the one before: hand the new one over, and destroy the old."
    )

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return super().offered(person, by=by, at=at) and person.merged_into_id is None

    def perform(self, *, seen: int | None) -> str | Promise:
        assert self.person is not None
        made = self.made = passes.print_paper(self.person, by=self.by, at=self.at, seen=seen)
        until = f"{localtime(made.ends_at):%Y-%m-%d %H:%M}"
        return _("The pass counts until %(until)s. Print it, and hand it over in person.") % {"until": until}


class HandOffPass(PersonOperation):
    """Make the link by which one phone shows a person's code: for the channel that has identified them."""

    name = "hand-off-pass"
    label = _("Hand the code to a phone")
    act = "pass.hand_off"
    confirms, discloses = False, True

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return super().offered(person, by=by, at=at) and person.merged_into_id is None

    def perform(self, *, seen: int | None) -> str | Promise:
        assert self.person is not None
        _made, secret = passes.hand_off(self.person, by=self.by, at=self.at, seen=seen)
        self.address = reverse("citizen:link", args=(secret,))
        seconds = settings.PASS_LINK_SECONDS
        return _("Open it on the person's phone within %(seconds)s seconds; it opens once.") % {
            "seconds": seconds
        }


class RevokePass(PersonOperation):
    """Revoke what shows a person's code: paper or phone were lost, or somebody else has them."""

    name = "revoke-pass"
    label = _("Revoke paper and phone")
    act = "pass.revoke"
    weight = "danger"

    reason = reason_field(limit=200)

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return are_shown(person, at)

    def perform(self, *, seen: int | None) -> str | Promise:
        assert self.person is not None
        passes.revoke(self.person, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        return _("Revoked: no door takes it any more, and no phone shows the code.")
