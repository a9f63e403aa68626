"""Operations on the register of documents: enter one, strike one, and decide it."""

from django import forms
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from cases.models import Document, Strike
from cases.selectors import register
from cases.selectors.pending import Pending
from cases.selectors.pending_city import timed
from cases.selectors.roster import Roster
from cases.selectors.strikes import proposed_strike, strikes_for
from cases.services.grounds import document_register, strikes
from healthcode.core.acts.base import Operation
from healthcode.core.acts.fields import Deciding, NumberedRowField, reason_field


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


class DocumentField(NumberedRowField):
    """A document of the register, told apart by its day."""

    def label_from_instance(self, row: Document | Strike) -> str:
        document = row.document if isinstance(row, Strike) else row
        return f"{document} · {document.issued_on:%Y-%m-%d}"


class StrikeDocument(Operation):
    """Propose to strike a document: what came to count on it falls, unless another takes its place."""

    alone = True
    in_menu = False
    name = "strike-document"
    label = _("Strike a document from the register")
    act = "document.propose_strike"
    weight = "danger"

    document = DocumentField(label=_("document of the register"), queryset=Document.objects.none())
    number = forms.CharField(
        label=pgettext_lazy("strike", "document number"),
        max_length=120,
        required=False,
        help_text=_(
            "As the document in hand says, where it was entered wrongly; what rests on it stays. "
            "Leave these three empty where there is no such document: what rests on it falls."
        ),
    )
    issuer = forms.CharField(label=pgettext_lazy("strike", "issued by"), max_length=100, required=False)
    issued_on = forms.DateField(label=pgettext_lazy("strike", "issued on"), required=False)
    reason = reason_field()

    def limit(self) -> None:
        self.there = Document.objects.standing()
        self.fields["document"].queryset = self.there.order_by("-pk")  # type: ignore[attr-defined]

    def nothing(self) -> str | Promise:
        return "" if self.there.exists() else _("No document stands in the register.")

    def perform(self, *, seen: int | None) -> str | Promise:
        data = dict(self.cleaned_data)
        strike = strikes.propose(data.pop("document"), **data, by=self.by, at=self.at)
        if strike.number:
            return _("Proposed. What cites it rests on the corrected document once a second person agrees.")
        count = register.live_on(strike.document, self.at).count()
        cases = ngettext(
            "Proposed. Once a second person agrees, %(count)s case that rests on it ends.",
            "Proposed. Once a second person agrees, %(count)s cases that rest on it end.",
            count,
        ) % {"count": count}
        return _with_orders(cases, len(register.extended_on(strike.document)))


class DecideStrike(Deciding, Operation):
    """Strike a document from the register, or send the proposal back."""

    alone = True
    name = "decide-strike"
    label = _("Decide on a document to be struck")
    act = "document.decide_strike"
    weight = "primary"

    document = DocumentField(
        label=_("document of the register"), queryset=Strike.objects.none(), to_field_name="document"
    )
    field_order = ("document", "decision", "reason")

    def limit(self) -> None:
        self.waiting = strikes_for(self.by)
        self.fields["document"].queryset = self.waiting.order_by("pk")  # type: ignore[attr-defined]
        self.begin_with_only("document")

    def about(self) -> tuple[Pending, ...]:
        return tuple(
            timed(proposed_strike(one, self.at), Roster(self.at)) for one in self.in_question("document")
        )

    def nothing(self) -> str | Promise:
        return "" if self.waiting.exists() else _("No document waits for you to strike it.")

    def people(self) -> int:
        strike = self.cleaned_data["document"]
        if not self.approves() or strike.number:
            return 0
        extended = len(register.extended_on(strike.document))
        return register.live_on(strike.document, self.at).count() + extended

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        strike = self.cleaned_data["document"]
        extended = len(register.extended_on(strike.document))
        fallen = strikes.decide(strike, approve=approve, answer=answer, by=self.by, at=self.at)
        if strike.number:
            return _("Struck; what cites it rests on the corrected document now.")
        cases = ngettext(
            "Struck; %(count)s case that rested on it ended.",
            "Struck; %(count)s cases that rested on it ended.",
            fallen,
        ) % {"count": fallen}
        return _with_orders(cases, extended)


def _with_orders(cases: str, orders: int) -> str | Promise:
    """Say beside the cases how many extended orders end sooner, where there are any."""
    if not orders:
        return cases
    ending = ngettext(
        "%(count)s control order that was extended by it ends sooner.",
        "%(count)s control orders that were extended by it end sooner.",
        orders,
    ) % {"count": orders}
    return format_lazy("{} {}", cases, ending)
