"""What the ending of a case rests on: facts, named by their rows. They only ever grow in number."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.cases import Case
from healthcode.core.audit.models import AppendOnly
from healthcode.core.audit.recorded import Recorded


class Fact(models.TextChoices):
    """A kind of fact, by the table its row stands in."""

    RESULT = "RESULT", pgettext_lazy("fact", "test result")
    VISIT = "VISIT", pgettext_lazy("fact", "fever-clinic visit")
    FORM = "FORM", pgettext_lazy("fact", "health-code form")
    REPORT = "REPORT", pgettext_lazy("fact", "exit report")
    ORDER = "ORDER", pgettext_lazy("fact", "control order served to its end")
    RELEASE = "RELEASE", pgettext_lazy("fact", "release decided by a second person")
    SOURCE = "SOURCE", pgettext_lazy("fact", "release sent by the source")
    DELIVERY = "DELIVERY", pgettext_lazy("fact", "delivery that brought the release")
    AREA = "AREA", pgettext_lazy("fact", "lifting of the risk area")
    WITHDRAWAL = "WITHDRAWAL", pgettext_lazy("fact", "withdrawal of the area's listing")
    STRIKE = "STRIKE", pgettext_lazy("fact", "document struck from the register")
    UNDO = "UNDO", pgettext_lazy("fact", "delivery of tracks that was taken back")
    DEATH = "DEATH", pgettext_lazy("fact", "record of the death")
    CERTIFICATE = "CERTIFICATE", pgettext_lazy("fact", "certificate of isolation served elsewhere")
    OPINION = "OPINION", pgettext_lazy("fact", "opinion of CDC on a positive")
    ANSWER = "ANSWER", pgettext_lazy("fact", "case of an infection that answers a positive")
    DECISION = "DECISION", pgettext_lazy("fact", "decision that it does not stand again")
    BOOK = "BOOK", pgettext_lazy("fact", "adoption of a rule book")
    CASE = "CASE", pgettext_lazy("fact", "another case")
    MERGE = "MERGE", pgettext_lazy("fact", "merge of its record with the index case's")
    VOID = "VOID", pgettext_lazy("fact", "void of the case it rested on")
    EARLIER = "EARLIER", pgettext_lazy("fact", "ended before the basis of endings was kept")


class Basis(Recorded, AppendOnly):
    """One fact that one ending rests on. It is older than what rests on it: that is why following it ends."""

    audit_name = "basis"
    audit_of = "case"
    audit_fields = ("case", "fact", "key")

    case = models.ForeignKey(Case, models.PROTECT, related_name="bases", verbose_name=_("case"))
    fact = models.CharField(_("fact"), max_length=15, choices=Fact)
    key = models.BigIntegerField(_("row"), null=True)  # in the table of its kind; none where nothing is known

    class Meta:
        verbose_name = _("basis of an ending")
        verbose_name_plural = _("bases of endings")
        indexes = (models.Index(fields=("fact", "key"), name="basis_fact"),)
        constraints = (
            models.CheckConstraint(name="basis_fact_known", condition=Q(fact__in=Fact.values)),
            models.CheckConstraint(
                name="basis_names_its_row", condition=Q(fact="EARLIER") ^ Q(key__isnull=False)
            ),
            models.UniqueConstraint(fields=("case", "fact", "key"), name="basis_once"),
        )

    def __str__(self) -> str:
        return f"{self.get_fact_display()} {self.key or ''}".strip()
