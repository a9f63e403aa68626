"""Operations on the register of documents."""

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.services.grounds import document_register
from healthcode.core.acts.base import Operation


class EnterDocument(Operation):
    """Enter a document that codings may cite."""

    alone = True
    name = "enter-document"
    label = _("Enter a document")
    act = "document.enter"

    number = forms.CharField(label=_("document number"), max_length=120)
    issuer = forms.CharField(label=_("issued by"), max_length=100)
    issued_on = forms.DateField(label=_("issued on"))

    def perform(self, *, seen: int | None) -> str | Promise:
        document = document_register.enter(**self.cleaned_data, by=self.by, at=self.at)
        return _("%(document)s is in the register.") % {"document": document}
