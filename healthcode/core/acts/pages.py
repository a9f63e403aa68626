"""The page of an operation: form, effect, confirm. Every press is answered by a redirect, every page by GET.

The effect is a rehearsal: the act itself, done and rolled back, so that it can never say anything else than what the
act will do.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from healthcode.core.acts import given_back
from healthcode.core.acts.attempts import DONE, FINISHED, RESULT, WORKING
from healthcode.core.acts.base import Operation
from healthcode.core.acts.visits import Visit
from healthcode.core.offices.models import Division, Office, User
from healthcode.core.offices.scoped_admin import reader

Change = tuple[datetime, str]  # when, and what happened in words


class ActPages:
    """The pages of the operations on one kind of subject: how it is found and offered, and what else is shown."""

    operations: Sequence[type[Operation]] = ()
    template: ClassVar[str] = "acts/base.html"  # what the pages of the flow extend
    effect_template: ClassVar[str] = ""  # shows what the subject would come to
    found_template: ClassVar[str] = ""  # lists what was found, where that can be several

    # --- whom an operation is about ----------------------------------------------------------------------
    def named(self, name: str) -> type[Operation]:
        """Return the operation of an address; 404 where there is none."""
        found = next((one for one in self.operations if one.name == name), None)
        if found is None:
            raise Http404
        return found

    def find(self, key: str, *, by: User) -> Any:
        """Return the subject with this key, or None; whether the user may know of it is `sees`."""
        return None

    def sees(self, subject: Any, *, by: User, at: datetime) -> bool:
        """Tell whether the user may open the subject's own page."""
        return True

    def knows(self, row: Model, *, by: User, at: datetime) -> bool:
        """Tell whether the user may read what a form calls a row that is chosen in it."""
        return isinstance(row, Division | Office) or (isinstance(row, User) and row.office_id == by.office_id)

    def offers(self, operation: type[Operation], subject: Any, *, by: User, at: datetime) -> bool:
        """Tell whether this user may do this to this subject now."""
        return operation.alone is (subject is None) and operation.offered(subject, by=by, at=at)

    def reaches(self, operation: type[Operation], subject: Any, *, by: User, at: datetime) -> bool:
        """Tell whether the act reaches the subject, whether or not something waits for it now."""
        return True

    def require_may_learn(self, subject: Any, *, by: User) -> None:
        """Refuse where the act does not reach the subject and nothing may be learned of it; allowed by default."""

    # --- what it is at, and what happened since -----------------------------------------------------------
    def version(self, subject: Any) -> int | None:
        """Return the version of the subject as it is stored now."""
        return None

    def changes(self, subject: Any, *, since: datetime, by: User) -> Sequence[Change]:
        """Return what was done about the subject since an instant, oldest first, as this user may read it."""
        return ()

    # --- what is shown -----------------------------------------------------------------------------------
    def arrive(self, operation: type[Operation], subject: Any, *, by: User, at: datetime) -> None:
        """Write down that the form of an operation was opened, where that shows somebody."""

    def context(self, form: Operation, *, by: User, at: datetime) -> Mapping[str, Any]:
        """Return what the pages show besides the form."""
        return {}

    def page_of(self, subject: Any) -> str:
        """Return the address of the subject's own page; without one, home."""
        if not isinstance(subject, Model):
            return reverse("admin:index")
        options = subject._meta
        return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=(subject.pk,))

    def rows_found(self, keys: Sequence[int], *, by: User, at: datetime) -> Sequence[Model]:
        """Return what an operation found, as far as this user may still open it."""
        return ()

    def nothing_left(self, operation: type[Operation], subject: Any) -> str:
        """Say why an operation that was open to a subject is not any more."""
        return _("Nothing is left to do here: the record has changed since.")

    # --- the way in ----------------------------------------------------------------------------------------
    def serve(self, request: HttpRequest, name: str, key: str = "") -> HttpResponse:
        """Answer one request for one operation; whoever may not know of the subject learns nothing."""
        by, at = reader(request), timezone.now()
        operation = self.named(name)
        if not by.may(operation.act):
            raise PermissionDenied(_("Your role does not have this act."))
        subject = self.find(key, by=by) if key else None
        known = subject is not None or not key
        visit = Visit(self, request, operation, subject, by)
        if (
            visit.typed.step == RESULT
        ):  # what it came to is this user's to read, though there is nothing left to do
            return visit.result()
        if visit.typed.step in (
            WORKING,
            FINISHED,
        ):  # this user's too, though another may have decided meanwhile
            return visit.answer()
        if known and self.offers(operation, subject, by=by, at=at):
            return visit.answer()
        if visit.typed.step == DONE:
            return visit.again()
        seen = subject is not None and self.sees(subject, by=by, at=at)
        # What was typed is given back, whoever it was about: of somebody unseen it says no more.
        if not given_back.is_empty(operation, visit.typed.data):
            return visit.overtaken(seen=seen)
        if not seen:
            raise Http404
        if not self.reaches(operation, subject, by=by, at=at):
            self.require_may_learn(subject, by=by)
        messages.info(request, self.nothing_left(operation, subject))
        return HttpResponseRedirect(self.page_of(subject))
