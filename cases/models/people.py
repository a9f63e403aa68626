"""Persons, and what is proposed about a person's identity."""

import uuid
from collections.abc import Callable, Collection
from datetime import datetime
from functools import lru_cache, reduce
from operator import or_
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.proposals import Proposal
from cases.models.reach import assigned_to, coded_by, reported_by, with_a_row
from cases.models.rules import proposal_rules
from healthcode.core import languages, vault
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices import roles
from healthcode.core.offices.models import Division
from healthcode.core.offices.scope import within
from healthcode.core.offices.words import Words

if TYPE_CHECKING:
    from healthcode.core.offices.models import User


class DocumentType(models.TextChoices):
    RESIDENT_ID = "RESIDENT_ID", _("resident identity card")
    PASSPORT = "PASSPORT", _("passport")
    HK_MACAO_PERMIT = "HK_MACAO_PERMIT", _("permit of Hong Kong and Macao residents")
    TAIWAN_PERMIT = "TAIWAN_PERMIT", _("permit of Taiwan residents")
    FOREIGN_PR = "FOREIGN_PR", _("foreign permanent resident card")
    NONE = "NONE", _("none (a child with its guardian)")


class Sex(models.TextChoices):
    MALE = "MALE", _("male")
    FEMALE = "FEMALE", _("female")
    UNKNOWN = "UNKNOWN", _("not stated")


class PersonQuerySet(models.QuerySet["Person"]):
    def also_written(self, writings: Collection[str]) -> Self:
        """Keep the persons of whom another writing of the name was accepted that begins so."""
        written = (Q(also_named__startswith=one) | Q(also_named__contains=f"\n{one}") for one in writings)
        return self.exclude(also_named="").filter(reduce(or_, written))

    def survivors(self) -> Self:
        """Leave out records merged into another."""
        return self.filter(merged_into=None)

    def group_of(self, *roots: int) -> Self:
        """Return these persons with every record merged into them."""
        return self.filter(Q(pk__in=roots) | Q(merged_into__in=roots))

    def reachable_by(self, user: "User", act: str, at: datetime) -> Self:
        """Keep the persons this user's act reaches (`healthcode.core.offices.roles`)."""
        reach = roles.reach(user.role, act) if user.is_active else None
        if reach is None:
            return self.none()
        if reach in (roles.Reach.ALL, roles.Reach.STATED):
            return self
        if reach == roles.Reach.ASSIGNED:
            return self.filter(assigned_to(user))
        own = within(user.jurisdiction, "present")
        if reach == roles.Reach.OWN:
            return self.filter(own)
        found = own | assigned_to(user) | reported_by(user) | _looked_up(user, at)
        if reach == roles.Reach.READ:
            # Control follows the present residence; the registered one and whoever coded may go on reading.
            found |= within(user.jurisdiction, "registered") | coded_by(user)
        return self.filter(found)

    def any_reached_by(self, user: "User", act: str, at: datetime) -> bool:
        """Tell whether the user's act reaches one of these persons.

        Nearly everybody acts on people of their own area: where that is enough, that alone is asked.
        """
        reach = roles.reach(user.role, act) if user.is_active else None
        at_home = reach in (roles.Reach.FOUND, roles.Reach.READ)
        own = at_home and self.filter(within(user.jurisdiction, "present")).exists()
        return own or self.reachable_by(user, act, at).exists()


class Person(Recorded, models.Model):
    """Somebody who may hold a health code. The code's colour is not stored: it follows from the open cases."""

    audit_name = "person"
    audit_fields = (
        *("public_id", "document_type", "document_country", "document_index", "birth_date", "guardian"),
        *("name", "also_named", "birth_order"),  # what tells children of one guardian apart
        *("registered", "present", "code_city", "registered_by", "registered_at"),
        *("merged_into", "deceased_on", "erased_at"),
    )

    public_id = models.UUIDField(_("opaque number"), default=uuid.uuid4, unique=True, editable=False)
    document_type = models.CharField(_("document type"), max_length=20, choices=DocumentType)
    document_country = models.CharField(_("issuing country"), max_length=3, blank=True)
    document_sealed = models.BinaryField(null=True, editable=False)
    # null, not empty: many have no document, and only numbers are unique
    document_index = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001
    name = models.CharField(_("name"), max_length=60, db_index=True)
    # Names that are nearly this one, and that whoever had the document in hand found to be this human's: one a line.
    also_named = models.CharField(_("also written"), max_length=500, blank=True, editable=False)
    sex = models.CharField(_("sex"), max_length=10, choices=Sex, default=Sex.UNKNOWN.value)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    # Told apart by name, twins that have no name yet are not.
    birth_order = models.PositiveSmallIntegerField(_("of twins, which by order of birth"), default=1)
    phone_sealed = models.BinaryField(null=True, editable=False)
    phone_index = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    registered = models.ForeignKey(
        Division,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("registered residence"),
    )
    present = models.ForeignKey(
        Division, models.PROTECT, related_name="+", verbose_name=_("present residence")
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    guardian = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="wards", verbose_name=_("guardian")
    )
    guardian_relation = models.CharField(_("relation to the guardian"), max_length=20, blank=True)
    code_city = models.ForeignKey(
        Division,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("city that issued the code"),
    )
    deceased_on = models.DateField(_("deceased on"), null=True, blank=True)
    erased_at = models.DateTimeField(_("erased at"), null=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged",
        db_index=False,  # see Meta.indexes
        verbose_name=_("merged into"),
    )
    version = models.PositiveIntegerField(
        default=0, editable=False
    )  # grows with every act: finds stale pages
    acted_at = models.DateTimeField(
        null=True, editable=False
    )  # the last act's instant: the next one is later
    # When somebody last corrected the number alone: the bureau sees what files had brought under the one of before.
    number_corrected_at = models.DateTimeField(null=True, editable=False)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("registered by")
    )
    registered_at = models.DateTimeField(_("registered at"))

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("persons")
        # Of the few that are merged: over everybody, SQLite takes it for useless once it has counted the empty ones.
        indexes = (
            models.Index(
                fields=("merged_into",), condition=Q(merged_into__isnull=False), name="person_merged_into"
            ),
            models.Index(
                fields=("number_corrected_at",),
                condition=Q(number_corrected_at__isnull=False),
                name="person_number_corrected",
            ),
            models.Index(fields=("id",), condition=~Q(also_named=""), name="person_also_named"),
        )
        constraints = (
            models.CheckConstraint(
                name="person_document_known", condition=Q(document_type__in=DocumentType.values)
            ),
            models.CheckConstraint(name="person_sex_known", condition=Q(sex__in=Sex.values)),
            models.CheckConstraint(
                name="person_document_or_guardian",
                condition=Q(document_index__isnull=False)
                | Q(guardian__isnull=False)
                | Q(erased_at__isnull=False),
            ),
            models.CheckConstraint(name="person_birth_order", condition=Q(birth_order__gte=1)),
            models.CheckConstraint(name="person_not_into_itself", condition=~Q(merged_into=models.F("pk"))),
        )

    def __str__(self) -> str:
        return languages.bracketed(self.name or _("(erased)"), str(self.public_id)[:8])

    @property
    def audit_person(self) -> str:
        """Return the opaque id."""
        return str(self.public_id)

    @property
    def root_id(self) -> int:
        """Return the key of the record that stands for this person's whole group."""
        return self.merged_into_id or self.pk

    @property
    def group(self) -> PersonQuerySet:
        """Return every record that stands for this person: the surviving one and those merged into it."""
        return _group(self.root_id).all()

    def vault_owner(self, field: str) -> str:
        """Return to what the vault binds a sealed column of this row."""
        return f"{field.removesuffix('_sealed')}:{self.public_id}"

    @property
    def document(self) -> str:
        """Return the document number in clear: only for those the role table lets unmask."""
        return (
            vault.decrypt(self.document_sealed, owner=self.vault_owner("document_sealed"))
            if self.document_sealed
            else ""
        )

    @property
    def phone(self) -> str:
        """Return the telephone number in clear."""
        sealed = self.phone_sealed
        return vault.decrypt(sealed, owner=self.vault_owner("phone_sealed")) if sealed else ""

    @property
    def masked_name(self) -> str:
        """Return the first letter of each word of the name: enough to compare with a document in hand."""
        return " ".join(word[0] + "*" * (len(word) - 1) for word in self.name.split())

    @property
    def masked_document(self) -> str:
        return readable(lambda: masked(self.document, 4, 4))

    @property
    def masked_phone(self) -> str:
        return readable(lambda: masked(self.phone, 3, 2))


@lru_cache(maxsize=1000)
def _group(root: int) -> PersonQuerySet:
    """Return a group's records, not read: an act asks thirty times for those of two or three people."""
    return Person.objects.group_of(root)


def readable(read: Callable[[], str], *, otherwise: str | None = None) -> str:
    """Return what is read, or a mark where no key opens it: one row that nobody can read hides no list."""
    try:
        return read()
    except vault.Unreadable:
        return str(_("(unreadable)")) if otherwise is None else otherwise


def masked(number: str, head: int, tail: int) -> str:
    """Keep the first and last digits; a number too short for that shows only its last two."""
    if len(number) < head + tail + 3:
        head, tail = 0, min(2, len(number))
    hidden = len(number) - head - tail
    return number[:head] + "*" * hidden + number[len(number) - tail :] if number else ""


class LookUp(models.Model):
    """An exact look-up outside the office's own people: who, whom, for what purpose or task, until when."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="look_ups")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    purpose = Words(_("purpose"), max_length=200, blank=True)
    task = models.CharField(
        _("task"), max_length=60, blank=True
    )  # a complaint or a case, as the ledger calls it
    at = models.DateTimeField(_("at"))
    until = models.DateTimeField(pgettext_lazy("look-up", "until"))

    class Meta:
        indexes = (models.Index(fields=("user", "until"), name="lookup_user_until"),)

    def __str__(self) -> str:
        return f"{_('Look-up')} {self.pk}"


class Merge(Recorded, Proposal):
    """One human recorded twice. Nothing moves: cases stay where they are, so undoing is exact."""

    audit_name = "merge"
    audit_fields = (*Proposal.decided_fields, "duplicate", "survivor", "undone_by", "undone_at")
    guards = proposal_rules("duplicate_id", "survivor_id")

    duplicate = models.ForeignKey(Person, models.PROTECT, related_name="merges", verbose_name=_("duplicate"))
    survivor = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("survivor"))
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(_("undone at"), null=True)

    class Meta(Proposal.Meta):
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = (
            *Proposal.Meta.constraints,
            models.CheckConstraint(name="merge_of_two", condition=~Q(duplicate=models.F("survivor"))),
        )

    def __str__(self) -> str:
        return f"{_('Merge')} {self.pk} · {self.get_decision_display()}"

    @property
    def audit_person(self) -> str:
        """Return the opaque id of the record that is merged into the other."""
        return self.duplicate.audit_person


class Erasure(Recorded, Proposal):
    """Somebody's number, name, telephone and every word about them, made unreadable for ever."""

    audit_name = "erasure"
    audit_of = "person"
    audit_fields = (*Proposal.decided_fields, "person")
    guards = proposal_rules("person_id")

    person = models.ForeignKey(Person, models.PROTECT, related_name="erasures", verbose_name=_("person"))

    class Meta(Proposal.Meta):
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        constraints = (
            *Proposal.Meta.constraints,
            models.UniqueConstraint(
                fields=("person",), condition=Q(decision="PENDING"), name="erasure_one_pending"
            ),
        )

    def __str__(self) -> str:
        return f"{_('Erasure')} {self.pk} · {self.get_decision_display()}"


def _looked_up(user: "User", at: datetime) -> Q:
    return with_a_row(LookUp.objects.filter(user=user, at__lte=at, until__gt=at))
