"""What an operation is: a form that ends in one service call.

It is a page, an endpoint of the API, and for some a form for a whole selection. All three go through `run`, and the
preview of an effect is the act itself, rolled back.
"""

from abc import ABCMeta, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db import transaction
from django.db.models import Model
from django.forms.forms import DeclarativeFieldsMetaclass
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from healthcode.core import instants, languages
from healthcode.core.acts.sentences import Asking
from healthcode.core.audit import guards
from healthcode.core.audit.lasting import lasting
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal
from healthcode.core.offices.words import SaysNothing


class _FormWithDuties(DeclarativeFieldsMetaclass, ABCMeta):
    """A form's metaclass under which an operation that calls no service cannot be made."""


class TimeMissing(Refusal):
    code = "acts.time_missing"
    message = _("Write the time as well, for example 09:30: a day alone would be taken for midnight.")


class Operation(Asking, forms.Form, metaclass=_FormWithDuties):
    """One thing staff or a machine may do to a subject (a person, a ticket, an account …), or without one."""

    name: ClassVar[str]  # in URLs
    label: ClassVar[str | Promise]  # on the button
    act: ClassVar[str]  # the row of the role table
    alone: ClassVar[bool] = False  # starts without a subject
    place: ClassVar[int] = (
        50  # among the others: what waits for somebody 10, the day's work 20, entries 30, the rest
    )
    in_menu: ClassVar[bool] = True  # of one that is alone: False where it starts from what it is about
    bulk: ClassVar[bool] = False  # also for a selection of subjects, each done and recorded singly
    notice: ClassVar[str | Promise] = (
        ""  # what its page says where nothing is filled in and nothing confirmed
    )
    # False where a rehearsal would already disclose somebody, and roll the ledger's line about it back.
    confirms: ClassVar[bool] = True
    discloses: ClassVar[bool] = False  # its answer is a secret: shown once, never through the message store
    proven: ClassVar[bool] = False  # only for whoever typed their password lately
    reads: ClassVar[bool] = (
        False  # only discloses: done, and recorded, each time anew, never answered from memory
    )
    # Where its service writes once, by itself: a savepoint around it would cost more than the act.
    writes_once: ClassVar[bool] = False
    remembers: ClassVar[
        tuple[str, ...]
    ] = ()  # fields that begin with what was last typed there, in this session
    remembers_day: ClassVar[tuple[str, ...]] = ()  # and with its day alone, of an instant
    from_address: ClassVar[tuple[str, ...]] = ()  # fields that the address of the page may fill in
    result_template: ClassVar[str] = "acts/result.html"  # shows what came of it, where that is shown once
    weight: ClassVar[str] = ""  # "primary" or "danger" on the page
    aliases: ClassVar[Mapping[str, str]] = {}  # where a refusal names a field that is called otherwise here
    do_not_call_in_templates: ClassVar[bool] = True  # else a template makes a form of the class

    made: Model | None = None  # what it made, where that has a page of its own to go to
    address: str = ""  # of what it made, where only the act itself can tell it
    found: Sequence[Model] = ()  # what it found, where that can be several
    secret: str = ""  # what it made that is shown this once
    refused: Refusal | None = None  # why it was not done

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        subject: Any = None,
        by: User,
        at: datetime,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.subject, self.by, self.at = subject, by, at
        self.limit()

    def _clean_form(self) -> None:
        super()._clean_form()
        # As with one left empty: what is required is not given by a dot or an invisible sign.
        for name, field in self.fields.items():
            text = self.cleaned_data.get(name)
            asked = field.required and type(field) is forms.CharField
            if asked and isinstance(text, str) and not guards.says(text):
                self.refuse(SaysNothing(field=name))
            at = self.cleaned_data.get(name)
            if isinstance(field, forms.DateTimeField) and at and instants.is_day_alone(self[name].data, at):
                self.refuse(TimeMissing(field=name))

    # --- what an operation may say of itself -------------------------------------------------------------
    def limit(self) -> None:
        """Narrow the choices to this subject and user; the default leaves them."""

    def about(self) -> Sequence[Any]:
        """Return what this act decides about, for the second person to read first."""
        return ()

    @classmethod
    def words_of_choices(cls, name: str) -> Mapping[str, str | Promise]:
        """Return the words of what a field may be answered with, for an answer that is read back without its form."""
        field = cls.base_fields[name]
        return (
            {"on": _("yes")} if isinstance(field, forms.BooleanField) else dict(getattr(field, "choices", ()))
        )

    def guides(self) -> Sequence[tuple[str | Promise, str]]:
        """Return the pages that say how to fill it in, each with its address."""
        return ()

    def nothing(self) -> str | Promise:
        """Say why there is nothing to do here now; "" where there is."""
        return ""

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        """Tell whether there is something for this operation to act on now."""
        return True

    @classmethod
    def ready(cls, subject: Any, *, by: User, at: datetime) -> bool:
        """Tell whether an offered act could succeed now; until then it stays at hand, but is not put first."""
        return True

    @classmethod
    def why_not(cls, subject: Any, *, by: User, at: datetime) -> str | Promise:
        """Say why this act is not offered: what is in its way, or whose act it is."""
        return _("Nothing waits here for this act now.")

    def prepare(self) -> None:
        """Do what takes long and binds nobody, before the act and outside its transaction; the default has nothing."""

    def people(self) -> int:
        """Return about how many people a valid form reaches, where that can be many; the default is an act on few."""
        return 0

    @abstractmethod
    def perform(self, *, seen: int | None) -> str | Promise:
        """Call the one service and say what happened. `seen` is the version of the subject that was looked at."""

    def effect(self) -> Any:
        """Return what the subject has come to, asked inside the act's transaction; the default says nothing."""
        return None

    def besides(self) -> str | Promise:
        """Say whom the act reached besides its subject, asked inside its transaction; "" where nobody."""
        return ""

    def result(self, secret: str) -> Mapping[str, Any]:
        """Return what the page of the result shows of a secret besides its text; the default has nothing."""
        return {}

    def refresh(self) -> None:
        """Read the subject afresh, after the act and after a rehearsal was rolled back."""

    # --- for those who write one ------------------------------------------------------------------------
    def in_question(self, name: str) -> Iterable[Any]:
        """Return what was chosen in a field, or before that everything it offers."""
        chosen = getattr(self, "cleaned_data", {}).get(name)
        return [chosen] if chosen else self.fields[name].queryset  # type: ignore[attr-defined]

    def begin_with_only(self, name: str) -> None:
        """Begin with the one row a field offers; where there are several somebody has to choose."""
        rows = list(self.fields[name].queryset[:2])  # type: ignore[attr-defined]
        if len(rows) == 1:
            self.fields[name].initial = rows[0]

    def refuse(self, refusal: Refusal) -> None:
        """Put a service's refusal on the field it names, or over the whole form."""
        self.refused = refusal
        named = self.aliases.get(refusal.field, refusal.field)
        field = named if named in self.fields else None
        self.add_error(field, forms.ValidationError(str(refusal), code=refusal.code))


@dataclass(frozen=True)
class ActOutcome:
    """What an operation did, or would do: its message, its subject, and what the subject has come to."""

    message: str
    subject: Any
    effect: Any


def prepare(operation: Operation) -> bool:
    """Prepare a valid operation; tell whether it can be done, else the reason is on its field."""
    try:
        operation.prepare()
    except Refusal as refusal:
        operation.refuse(refusal)
        return False
    return True


def run(operation: Operation, *, seen: int | None = None, rehearse: bool = False) -> ActOutcome | None:
    """Do a valid operation, or rehearse it and roll back; None when refused, the reason being on its field."""
    if operation.writes_once and not rehearse:
        return _done_at_once(operation, seen)
    with lasting():
        return _done(operation, seen, rehearse)


def _done(operation: Operation, seen: int | None, rehearse: bool) -> ActOutcome | None:
    with transaction.atomic():
        try:
            with transaction.atomic():
                message = operation.perform(seen=seen)
        except Refusal as refusal:
            operation.refuse(refusal)
            return None
        operation.refresh()
        message = languages.sentences(filter(None, (str(message), str(operation.besides()))))
        outcome = ActOutcome(message, operation.subject, operation.effect())
        if rehearse:
            transaction.set_rollback(True)
    if rehearse:
        operation.refresh()  # what the rehearsal did to the objects in hand is not so
        for chosen in operation.cleaned_data.values():
            if isinstance(chosen, Model):
                chosen.refresh_from_db()
    return outcome


def _done_at_once(operation: Operation, seen: int | None) -> ActOutcome | None:
    try:
        message = str(operation.perform(seen=seen))
    except Refusal as refusal:
        operation.refuse(refusal)
        return None
    return ActOutcome(message, operation.subject, operation.effect())
