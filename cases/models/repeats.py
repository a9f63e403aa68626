"""What was sent before: the records of a source's own numbering, and what deliveries bring once more."""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from cases.models.batches import Batch, Kind
from cases.models.rules import erased
from healthcode.core.audit.guards import Erasable
from healthcode.core.audit.models import AppendOnly
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import Office


class SourceRecord(models.Model):
    """A record of an office's own numbering that was taken: sent again it changes nothing."""

    office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    key = models.CharField(max_length=64)  # blind index of the source's record number
    content = models.CharField(max_length=64)  # blind index of the record's content
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="source_records")
    # What came of it: a record whose case was voided is looked at again when it is sent again.
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("office", "kind", "key"), name="sourcerecord_once"),
            models.CheckConstraint(name="sourcerecord_kind_known", condition=Q(kind__in=Kind.values)),
        )

    def __str__(self) -> str:
        return f"{_('Source record')} {self.pk}"


class RepeatQuerySet(models.QuerySet["Repeat"]):
    def standing(self) -> Self:
        """Keep what deliveries say that were not taken back."""
        return self.exclude(batch__state=Batch.State.UNDONE)

    def of_case(self) -> Self:
        """Keep the rows about the case of an outer query, or about the one that it stands again from."""
        first = Q(case=OuterRef("origin"), case__ground=OuterRef("ground"))
        return self.filter(Q(case=OuterRef("pk")) | Q(case=OuterRef("resumes")) | first)

    def of(self, name: str) -> Self:
        """Keep the rows about the `case`, the `result` or the `form` of an outer query."""
        return self.of_case() if name == "case" else self.filter(**{name: OuterRef("pk")})


class Repeat(Recorded, AppendOnly):
    """A delivery says again what another brought: where that one is taken back, it stands by this one."""

    audit_name = "repeat"
    erasable = Erasable(
        {"source_key": ""}, erased("(SELECT person_id FROM cases_case WHERE cases_case.id = NEW.case_id)")
    )
    audit_of = "batch"
    audit_fields = ("batch", "case", "result", "form", "source_key")

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="repeats")
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, related_name="+")
    result = models.ForeignKey("cases.LabResult", models.PROTECT, null=True, related_name="+")
    form = models.ForeignKey("cases.Declaration", models.PROTECT, null=True, related_name="+")
    # The number under which its source knows it: a release can come by it.
    source_key = models.CharField(max_length=120, blank=True, db_index=True)

    objects = RepeatQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="repeat_is_of_one",
                condition=Q(case__isnull=False, result=None, form=None)
                | Q(case=None, result__isnull=False, form=None)
                | Q(case=None, result=None, form__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.batch} · {self.case or self.result or self.form}"


def standing_repeats() -> RepeatQuerySet:
    """Return what deliveries that stand say again of the case of an outer query."""
    return Repeat.objects.of_case().standing()


def borne_by(batch: Batch, name: str) -> Q:
    """Return which rows (`case`, `result` or `form`) go with a delivery: no other that stands says them too.

    What another brought that was taken back goes with the last that said it again.
    """
    about = Repeat.objects.of(name)
    others = Repeat.objects.filter(batch=batch, **{f"{name}__batch__state": Batch.State.UNDONE})
    # Read here, for they are few: the rows are found by the index of their deliveries.
    before = list(others.values_list(f"{name}__batch", flat=True).distinct())
    again = Q(Exists(about.filter(batch=batch)), batch__in=before)
    return (Q(batch=batch) | again) & ~Q(Exists(about.standing().exclude(batch=batch)))
