"""What the supervisor's pages ask: the filters of a trail, and a moment."""

import re
import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.choices import flatten_choices
from django.utils.translation import gettext_lazy as _

from cases.models import Person, RuleBook
from healthcode.core import languages
from healthcode.core.acts.sentences import Asking
from healthcode.core.acts.widgets import DayInput, MomentInput
from healthcode.core.audit.actions import ACTIONS
from healthcode.core.audit.models import Event
from healthcode.core.offices.models import Office, User
from healthcode.portal.trails.query import KINDS, Trail

MOST = 10  # accounts of one name that are named
SHORT = re.compile("[0-9a-f]{8}")
DAY = DayInput()


class TrailForm(Asking, forms.Form):
    """The filters of a trail."""

    what = forms.ChoiceField(label=_("what"), required=False)
    office = forms.ChoiceField(label=_("office"), required=False)
    actor = forms.CharField(label=_("username or name"), required=False, max_length=60)
    ground = forms.ChoiceField(label=_("ground"), required=False)
    since = forms.DateField(label=_("from day"), required=False, widget=DAY)
    until = forms.DateField(label=_("to day"), required=False, widget=DAY)
    person = forms.CharField(
        label=_("person's opaque number"),
        help_text=_("Its first eight characters will do."),
        required=False,
        max_length=36,
    )
    batch = forms.IntegerField(label=_("delivery"), required=False, min_value=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        everything = [("", _("everything"))]
        kinds = [(key, kind.words) for key, kind in KINDS.items()]
        self.fields["what"].choices = [
            *everything,
            (_("kinds"), kinds),
            (_("single acts"), [(key, action.words) for key, action in ACTIONS.items()]),
        ]
        self.fields["office"].choices = [("", _("every office")), *_offices()]
        self.fields["office"].widget.attrs["data-narrow"] = _("type to narrow the list")
        self.fields["ground"].choices = [("", _("every ground")), *_grounds()]

    def clean_actor(self) -> str:
        """Return the username; the name that trails show is enough where one account alone has it."""
        text = str(self.cleaned_data["actor"]).strip()
        if (
            not text
            or User.objects.filter(username=text).exists()
            or Event.objects.filter(actor=text).exists()
        ):
            return text
        named = User.objects.filter(Q(name=text) | Q(username__iexact=text)).order_by("username")
        found = list(named.values_list("username", flat=True)[:MOST])
        if not found:
            raise forms.ValidationError(_("No account has this username or name."))
        if len(found) > 1:
            params = {"usernames": languages.listed(found)}
            raise forms.ValidationError(_("Several accounts have this name: %(usernames)s."), params=params)
        return found[0]

    def clean_person(self) -> str:
        """Return the whole opaque number; its first eight characters, which trails show, are enough."""
        text = self.cleaned_data["person"].strip().lower()
        if SHORT.fullmatch(text):
            found = Person.objects.filter(public_id__startswith=text).values_list("public_id", flat=True)[:2]
            if len(found) != 1:
                raise forms.ValidationError(
                    _("Nobody, or more than one person, has a number that begins so.")
                )
            return str(found[0])
        try:
            return str(uuid.UUID(text)) if text else ""
        except ValueError as error:
            raise forms.ValidationError(_("This is no opaque number.")) from error

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("since") and values.get("until") and values["until"] < values["since"]:
            self.add_error("until", _("The last day lies before the first."))
        return values

    @property
    def used(self) -> set[str]:
        """Return the names of the filters in use."""
        return {name for name, value in getattr(self, "cleaned_data", {}).items() if value}

    @property
    def recorded(self) -> list[str]:
        """Return the filters in use as the event of the reading keeps them; whose trail it was stands beside them."""
        values = getattr(self, "cleaned_data", {})
        return [f"{name}={values[name]}" for name in sorted(self.used - {"person"})]

    @property
    def in_words(self) -> list[str]:
        """Return the filters in use as whoever chose them reads them."""
        words = []
        for name in self.fields:
            if name in self.used:
                value = self.cleaned_data[name]
                flat = dict(flatten_choices(getattr(self.fields[name], "choices", ())))
                words.append(languages.entry(self.fields[name].label, flat.get(value, value)))
        return words

    @property
    def trail(self) -> Trail:
        """Return the question; wrong values narrow nothing, the form says so beside them."""
        values = getattr(self, "cleaned_data", {})
        text = {
            key: str(values.get(key) or "")
            for key in ("person", "actor", "office", "ground", "batch", "what")
        }
        if self.errors:
            return Trail(person=text["person"], batch=text["batch"])
        return Trail(**text, since=values.get("since"), until=values.get("until"))


class MomentForm(Asking, forms.Form):
    """An instant in the past or now."""

    at = forms.DateTimeField(label=_("at"), widget=MomentInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)


def _offices() -> Iterable[tuple[str, str]]:
    return [(office.code, str(office)) for office in Office.objects.order_by("division", "kind", "pk")]


def _grounds() -> Iterable[tuple[str, str]]:
    """Return key and words of every ground of every book that was ever adopted, in the newest book's words."""
    words: dict[str, str] = {}
    for book in RuleBook.objects.exclude(adopted_at=None).order_by("adopted_at", "pk"):
        grounds = book.policy.grounds
        words |= {key: ground.words.text(languages.current()) for key, ground in grounds.items()}
    return words.items()
