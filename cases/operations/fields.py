"""Fields that several operations ask for, each written once."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Case as db_case
from django.db.models import QuerySet, Value, When
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Case
from cases.models.cases import EvidenceKind
from cases.models.people import DocumentType, Sex
from cases.models.results import Origin, Outcome
from cases.policy import spellings
from cases.selectors.chains import have_contacts
from cases.services.engine.places import PLACES
from cases.services.persons.identity import Identity
from cases.services.samples.reports import LaboratoryReport
from healthcode.core.offices.models import Division, Office, User
from healthcode.core.offices.scope import within

TEMPERATURE = re.compile(r"[0-9]{2}(\.[0-9]?)?")
CARD = re.compile(r"[0-9]{17}[0-9X]")
WITHOUT_POINT = re.compile(r"(3[4-9]|4[0-3])([0-9])")


class TemperatureField(forms.DecimalField):
    """A temperature in °C as phones and thermometers write it: `36.5`, `３６。５`, `36,5 ℃`; `365` is asked about."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"label": _("temperature (°C)"), "max_digits": 3, "decimal_places": 1, **kwargs})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = spellings.one_spelling(value).replace("。", ".").replace(",", ".")
            value = value.upper().removesuffix("C").removesuffix("°").strip()
            if found := WITHOUT_POINT.fullmatch(value):
                params = {"value": ".".join(found.groups())}
                raise forms.ValidationError(
                    _("Without a point: is it %(value)s?"), code="invalid", params=params
                )
            if value and not TEMPERATURE.fullmatch(value):
                raise forms.ValidationError(_("A temperature is written like 36.5."), code="invalid")
        return super().to_python(value)


class DivisionField(forms.ModelChoiceField):
    """A division, named with the county it belongs to."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Division.objects.none(), empty_label=kwargs.pop("empty_label", ""), **kwargs
        )

    def label_from_instance(self, division: Division) -> str:
        return f"{division.parent} · {division}" if division.parent_id else str(division)


class OfficerField(forms.ModelChoiceField):
    """A control officer, by name and office."""

    def __init__(self, **kwargs: Any) -> None:
        officers = (
            User.objects.filter(role="officer", is_active=True)
            .select_related("office")
            .order_by("office", "name")
        )
        kwargs = {"label": _("responsible control officer"), "to_field_name": "username", **kwargs}
        super().__init__(queryset=officers, **kwargs)

    def label_from_instance(self, officer: User) -> str:
        return f"{officer.name} · {officer.office}"


class SiteField(forms.ModelChoiceField):
    """A designated hospital or centralised isolation site, by its office."""

    def __init__(self, **kwargs: Any) -> None:
        sites = Office.objects.filter(kind__in=PLACES).order_by("kind", "division", "code")
        kwargs = {"label": _("designated hospital or isolation site"), "to_field_name": "code", **kwargs}
        super().__init__(queryset=sites, required=False, **kwargs)


def townships(code: str = "", *, first: str = "") -> Any:
    """Return the townships of a jurisdiction (by default of the home city), those nearest to `first` before others."""
    return _divisions(code or settings.HOME_CITY, first).filter(length=9)


def origins(*, first: str = "") -> Any:
    """Return where somebody can be registered: provinces, cities and counties, the nearest to `first` before others."""
    return _divisions("", first).filter(length__lte=6)


def cities(*, first: str = "") -> Any:
    """Return the cities of this province, whose codes are all recognised (4.2), that of `first` before the others."""
    return _divisions(settings.HOME_CITY[:2], first).filter(length=4)


def _divisions(code: str, first: str) -> Any:
    """Return the divisions of a jurisdiction: of one's own township, county, city and province first."""
    near = [first[:digits] for digits in (9, 6, 4, 2) if len(first) >= digits]
    whens = [When(within(one, "code"), then=place) for place, one in enumerate(near)]
    far = db_case(*whens, default=len(near)) if whens else Value(0)
    found = Division.objects.filter(within(code, "code")) if code else Division.objects.all()
    return found.annotate(length=Length("code"), far=far).select_related("parent").order_by("far", "code")


def document_country(**kwargs: Any) -> forms.CharField:
    """Return a field for the country that issued a passport."""
    help_text = _("Passports only: three letters or the name of the country, for example KOR.")
    kwargs = {"label": _("issuing country"), **kwargs}
    return forms.CharField(max_length=60, required=False, help_text=help_text, **kwargs)


class EvidenceFields(forms.Form):
    """What a ground rests on."""

    evidence_kind = forms.ChoiceField(label=_("kind of evidence"), choices=EvidenceKind.choices)
    evidence_ref = forms.CharField(
        label=_("evidence (number of the report, record or document)"), max_length=120
    )


class SampleFields(forms.Form):
    """One laboratory report."""

    outcome = forms.ChoiceField(
        label=_("outcome"), choices=[one for one in Outcome.choices if one[0] != Outcome.WITHDRAWN]
    )
    sampled_at = forms.DateTimeField(label=_("sampled at"))
    reported_at = forms.DateTimeField(label=_("reported at"), required=False)
    laboratory = forms.CharField(label=_("laboratory"), max_length=100)
    report_number = forms.CharField(label=_("report number"), max_length=60)
    pool_size = forms.IntegerField(
        label=_("persons in one tube"),
        required=False,
        min_value=2,
        help_text=_("Of a pooled sample. If it is positive, each of them is to be taken again."),
    )

    def sample(self, *, origin: str = Origin.OWN.value) -> LaboratoryReport:
        """Return what was typed as one sample."""
        names = ("outcome", "sampled_at", "reported_at", "laboratory", "report_number", "pool_size")
        return LaboratoryReport(origin=origin, **{name: self.cleaned_data[name] for name in names})


def _is_card(typed: Any) -> bool:
    """Tell whether a number can only be that of an identity card."""
    kind, number = spellings.document(DocumentType.RESIDENT_ID, typed) if isinstance(typed, str) else ("", "")
    sound = bool(CARD.fullmatch(number)) and spellings.fits_check_digit(number)
    return kind == DocumentType.RESIDENT_ID and sound


class IdentityFields(forms.Form):
    """Who somebody is."""

    name = forms.CharField(label=_("name"), max_length=60)
    document_type = forms.ChoiceField(label=_("document type"), choices=DocumentType.choices)
    document_number = forms.CharField(
        label=pgettext_lazy("identity", "document number"), max_length=40, required=False
    )
    document_country = document_country()
    sex = forms.ChoiceField(label=_("sex"), choices=Sex.choices, initial=Sex.UNKNOWN)
    birth_date = forms.DateField(label=_("date of birth"), required=False)
    birth_order = forms.IntegerField(
        label=_("of twins, which by order of birth"),
        min_value=1,
        max_value=9,
        required=False,
        help_text=_("For children without a document that have no name of their own yet: 1, 2 …"),
    )
    phone = forms.CharField(label=_("telephone"), max_length=40, required=False)

    def _clean_fields(self) -> None:
        # Scanned with no kind chosen: 18 digits whose last one fits are an identity card's, and no other's.
        self.card = not self["document_type"].data and _is_card(self["document_number"].data)
        self.fields["document_type"].required = not self.card
        super()._clean_fields()

    def clean_document_type(self) -> str:
        """Return the kind that was chosen, or that the number itself tells."""
        return DocumentType.RESIDENT_ID.value if self.card else str(self.cleaned_data["document_type"])

    def identity(self) -> Identity:
        """Return what was typed as one identity."""
        typed = {name: self.cleaned_data[name] for name in IdentityFields.base_fields}
        return Identity(**{**typed, "birth_order": typed["birth_order"] or 1})


class ReplacementFields(forms.Form):
    """What a void of an index case has to say: which case takes its place, or that none does."""

    replacement = forms.IntegerField(
        label=_("number of the case that takes its place"),
        required=False,
        min_value=1,
        help_text=_(
            "Where others are red as contacts of this case: usually the infected person is recorded under another name."
        ),
    )
    frees = forms.BooleanField(
        label=_("no case takes its place: its contacts go free, unless a test or a fever speaks against it"),
        required=False,
    )

    def ask_of_contacts(self, cases: QuerySet[Case]) -> None:
        """Show the two on the page only where one of the cases has contacts; a machine may send them anyway."""
        if not have_contacts(cases).exists():
            for name in ReplacementFields.base_fields:
                self.fields[name].widget = self.fields[name].hidden_widget()

    def clean_replacement(self) -> Case | None:
        number = self.cleaned_data["replacement"]
        if number is None:
            return None
        case = Case.objects.filter(pk=number).first()
        if case is None:
            raise forms.ValidationError(_("There is no case with this number."), code="unknown")
        return case
