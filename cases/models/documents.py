"""The register of documents that a coding may cite: rules, orders and notices with a number."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from healthcode.core.audit.models import AppendOnly
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.words import Words


class Document(Recorded, AppendOnly):
    """A document that somebody had in hand: what cites another number leads nowhere."""

    audit_name = "document"
    audit_fields = ("number", "key", "issuer", "issued_on", "entered_by", "entered_at")

    number = Words(_("document number"), max_length=120)
    key = models.CharField(
        max_length=120, unique=True
    )  # the number's letters and digits: what it is compared by
    issuer = Words(_("issued by"), max_length=100)
    issued_on = models.DateField(_("issued on"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    entered_at = models.DateTimeField(_("entered at"))

    class Meta:
        verbose_name = _("document of the register")
        verbose_name_plural = _("register of documents")
        constraints = (models.CheckConstraint(name="document_has_a_key", condition=~Q(key="")),)

    def __str__(self) -> str:
        return f"{self.number} · {self.issuer}"
