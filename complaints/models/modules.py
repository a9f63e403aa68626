"""Texts that the desk tells again and again, kept by its lead."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models.tickets import moment, user
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.words import Words

SHORTCUTS = tuple("123456789")


class TextModuleQuerySet(models.QuerySet["TextModule"]):
    """Text modules."""

    def in_use(self) -> "TextModuleQuerySet":
        """Return those that are offered now, those with a key first."""
        return self.filter(withdrawn_at=None).order_by(models.Case(models.When(shortcut="", then=1), default=0),
                                                       "shortcut", "title", "pk")  # fmt: skip


class TextModule(Recorded, models.Model):
    """A text that whoever tells a citizen something can insert. Withdrawn, it is offered no more, and stays."""

    audit_name = "textmodule"
    audit_fields = (
        "title",
        "text",
        "text_en",
        "shortcut",
        "created_by",
        "created_at",
        "withdrawn_by",
        "withdrawn_at",
    )

    title = Words(_("title"), max_length=40)
    text = Words(pgettext_lazy("text module", "text"), max_length=500)
    text_en = models.CharField(_("text in English"), max_length=800, blank=True)
    shortcut = models.CharField(
        pgettext_lazy("keyboard", "key"),
        max_length=1,
        blank=True,
        choices=[(key, f"Alt+{key}") for key in SHORTCUTS],
    )
    created_by = user(_("entered by"))
    created_at = models.DateTimeField(_("entered at"))
    withdrawn_by = user(_("withdrawn by"), null=True, blank=True)
    withdrawn_at = moment(_("withdrawn at"))

    objects = TextModuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("text module")
        verbose_name_plural = _("text modules")
        constraints = (
            models.CheckConstraint(
                name="textmodule_withdrawn_pair",
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__gte=models.F("created_at"), withdrawn_by__isnull=False),
            ),
            models.CheckConstraint(
                name="textmodule_shortcut_known", condition=Q(shortcut__in=("", *SHORTCUTS))
            ),
            models.UniqueConstraint(
                fields=("shortcut",),
                condition=Q(withdrawn_at=None) & ~Q(shortcut=""),
                name="textmodule_one_per_key",
            ),
        )

    def __str__(self) -> str:
        return self.title

    def text_in(self, language: str) -> str:
        """Return the text in a citizen's language; "" where it has none."""
        return self.text_en if language == "en" else self.text
