"""The pages beside log-in: the code, the password again, an authenticator, passkeys, own sessions."""

import base64
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from healthcode.core import qr_codes, vault
from healthcode.core.acts.sentences import Asking
from healthcode.core.audit import ledger
from healthcode.core.offices import open_sessions, passkeys, second_factor, sessions, totp, tries
from healthcode.core.offices.middleware import VERIFIED
from healthcode.core.offices.models import SecondFactor, User
from healthcode.core.offices.refusals import Refusal
from healthcode.portal import ceremonies, entering

LONGEST_KEY = 19  # digits that a key of a row may have
KEY = "second-factor-key"  # in the session, sealed, until its first code is typed


class CodeForm(Asking, forms.Form):
    """The code that an authenticator displays now, or a recovery code."""

    code = forms.CharField(
        label=pgettext_lazy("second factor", "code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
        ),
    )


class FactorForm(CodeForm):
    """Such a code, or what a device with a passkey answered."""

    passkey = forms.CharField(required=False, max_length=passkeys.LONGEST, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.data.get("passkey"):
            self.fields["code"].required = False

    def verify(self, request: HttpRequest, user: User) -> SecondFactor | None:
        """Return the second factor that was proven; a refusal stands on the code's field."""
        at, answer = timezone.now(), self.cleaned_data["passkey"]
        try:
            if answer:
                return ceremonies.verify(request, user, answer, at=at)
            return second_factor.verify(user, self.cleaned_data["code"], at=at)
        except Refusal as refusal:
            self.add_error("code", forms.ValidationError(str(refusal), code=refusal.code))
            self.has_to_wait = bool(refusal.retry_after)
        return None

    has_to_wait = False


class ProveForm(FactorForm):
    """One's own password again, and the code or the passkey of whoever has a second factor."""

    password = forms.CharField(
        label=gettext_lazy("password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    field_order = ("password", "code")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["code"].widget.attrs.pop("autofocus")
        if user.second_factor_id is None:
            del self.fields["code"], self.fields["passkey"]

    def prove(self, request: HttpRequest) -> bool:
        """Compare what was typed; a refusal stands on its field."""
        at = timezone.now()
        try:
            tries.require_own_password(self.user, self.cleaned_data["password"], at=at)
        except Refusal as refusal:
            self.add_error("password", forms.ValidationError(str(refusal), code=refusal.code))
            return False
        if "code" in self.fields and self.verify(request, self.user) is None:
            return False
        ledger.record("session.proven", about=self.user, by=self.user, at=at)
        return True


class PasskeyForm(Asking, forms.Form):
    """A new passkey with its name; another name for one that is there (`key`), or its end (`remove`)."""

    name = forms.CharField(label=gettext_lazy("what you call it"), max_length=40, required=False)
    passkey = forms.CharField(required=False, max_length=passkeys.LONGEST, widget=forms.HiddenInput)
    key = forms.IntegerField(required=False, widget=forms.HiddenInput, max_value=2**63 - 1)
    remove = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if not typed.get("remove") and not typed.get("name") and "name" not in self.errors:
            self.add_error("name", self.fields["name"].error_messages["required"])
        return typed

    def do(self, request: HttpRequest, user: User) -> bool:
        """Do what was asked and say so; a refusal stands on the name."""
        typed, at = self.cleaned_data, timezone.now()
        try:
            if typed["key"] is None:
                ceremonies.register(request, user, typed["passkey"], name=typed["name"], at=at)
                messages.success(
                    request, _("“%(name)s” is registered: at log-in it takes the code's place.") % typed
                )
            elif typed["remove"]:
                removed = passkeys.remove(user, typed["key"], at=at)
                messages.success(
                    request, _("“%(name)s” is removed: it opens nothing any more.") % {"name": removed}
                )
            else:
                passkeys.rename(user, typed["key"], typed["name"], at=at)
                messages.success(request, _("It is called “%(name)s” now.") % typed)
        except Refusal as refusal:
            self.add_error("name", forms.ValidationError(str(refusal), code=refusal.code))
            return False
        return True


def enter_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code of the second factor after the password."""
    user = _user(request)
    if user.second_factor_id is None or request.session.get(VERIFIED) == user.second_factor_id:
        return HttpResponseRedirect(reverse("admin:index"))
    form = FactorForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        factor = form.verify(request, user)
        if factor is not None:
            open_sessions.change_key(request)
            request.session[VERIFIED] = factor.pk
            response = HttpResponseRedirect(_next(request))
            entering.opened(request, response, factor.user)
            return response
    context = {"title": _("Second factor"), "form": form, "next": _next(request)}
    context["passkey"] = ceremonies.to_answer(request, user)
    return _page(request, "registration/second_factor.html", context, status=429 if form.has_to_wait else 200)


def prove(request: HttpRequest) -> HttpResponse:
    """Ask for the password again before a credential, an export or a full number."""
    user = User.objects.get(pk=_user(request).pk)
    form = ProveForm(request.POST or None, user=user, label_suffix="")
    if request.method == "POST" and form.is_valid() and form.prove(request):
        sessions.prove(request)
        return HttpResponseRedirect(_next(request))
    context = {"title": _("Your password again"), "form": form, "next": _next(request)}
    context["passkey"] = ceremonies.to_answer(request, user)
    return _page(request, "registration/prove.html", context)


def add(request: HttpRequest) -> HttpResponse:
    """Show the key of a new authenticator as a QR code and as text, and take its first code."""
    if not sessions.is_proven(request):
        return sessions.to_prove(request)
    user, key = _user(request), _pending_key(request)
    form = CodeForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            codes = second_factor.add(user, key, form.cleaned_data["code"], at=timezone.now())
        except Refusal as refusal:
            form.add_error("code", forms.ValidationError(str(refusal), code=refusal.code))
        else:
            del request.session[KEY]
            open_sessions.change_key(request)
            request.session[VERIFIED] = User.objects.values_list("second_factor", flat=True).get(pk=user.pk)
            messages.success(request, _("From now on you log in with a password and a code."))
            title = _("Recovery codes")
            return _page(request, "registration/recovery_codes.html", {"title": title, "codes": codes})
    address = totp.address_of(key, issuer=str(_("Health-code portal")), name=user.username)
    text = totp.text_of(key)
    context = {
        "title": _("Set up a second factor"),
        "form": form,
        "qr": qr_codes.drawn(address),
        "key": " ".join(text[start : start + 4] for start in range(0, len(text), 4)),
        "replaces": user.second_factor_id is not None,
        "required": second_factor.is_required(user),
    }
    return _page(request, "registration/second_factor_add.html", context)


def own_passkeys(request: HttpRequest) -> HttpResponse:
    """List one's own passkeys; register another, give one a name, remove one."""
    if not sessions.is_proven(request):
        return sessions.to_prove(request)
    user = _user(request)
    form = PasskeyForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid() and form.do(request, user):
        return HttpResponseRedirect(reverse("admin:passkeys"))
    context = {"title": _("Passkeys"), "form": form, "rows": passkeys.of(user), "most": passkeys.MOST}
    context |= {"passkey": ceremonies.to_register(request, user), "site": passkeys.site_of(request)}
    return _page(request, "registration/passkeys.html", context)


def own_sessions(request: HttpRequest) -> HttpResponse:
    """List the open sessions of one's own, and end one or all others."""
    user, here = _user(request), request.session.session_key
    if request.method == "POST":
        chosen = request.POST.get("session", "")
        is_key = chosen.isdecimal() and len(chosen) < LONGEST_KEY
        keys = None if not chosen else [int(chosen)] if is_key else []
        number = open_sessions.end(user, keys=keys, but=here, by=user, at=timezone.now())
        words = ngettext("%(number)s session ended.", "%(number)s sessions ended.", number)
        messages.success(request, words % {"number": number} if number else open_sessions.NOTHING_ENDED)
        return HttpResponseRedirect(reverse("admin:own_sessions"))
    rows = [(one, open_sessions.device_of(one), one.key == here) for one in open_sessions.of(user)]
    return _page(request, "registration/own_sessions.html", {"title": _("Own sessions"), "rows": rows})


ROUTES = (
    ("sessions/", own_sessions, "own_sessions"),
    ("second-factor/", enter_code, "second_factor"),
    ("prove/", prove, "prove"),
    ("second-factor/add/", add, "second_factor_add"),
    ("passkeys/", own_passkeys, "passkeys"),
)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _pending_key(request: HttpRequest) -> bytes:
    """Return the key that the page offers; it stays the same until it is taken, or the session ends."""
    owner = f"pending-second-factor:{request.user.pk}"
    if KEY not in request.session:
        sealed = vault.encrypt_bytes(second_factor.new_key(), owner=owner)
        request.session[KEY] = base64.b64encode(sealed).decode()
    return vault.decrypt_bytes(base64.b64decode(request.session[KEY]), owner=owner)


def _next(request: HttpRequest) -> str:
    asked = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME) or ""
    if url_has_allowed_host_and_scheme(asked, {request.get_host()}, request.is_secure()):
        return asked
    return reverse("admin:index")


def _page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> TemplateResponse:
    return TemplateResponse(request, template, {**admin.site.each_context(request), **context}, status=status)
