"""Logging in: who is let in, who is refused, and a password of one's own, each in the ledger."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from axes.models import AccessAttempt
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.db.models import Q, Sum
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from healthcode.core.acts.interrupted import own_address
from healthcode.core.acts.sentences import Asking
from healthcode.core.audit import ledger
from healthcode.core.audit.actions import words_of
from healthcode.core.audit.models import Event
from healthcode.core.offices import (
    accounts,
    confirmations,
    directory,
    one_time,
    own_passwords,
    refused_access,
    tries,
)
from healthcode.core.offices.addresses import client_address
from healthcode.core.offices.backends import has_run_out
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal
from healthcode.core.offices.staff import Role
from healthcode.portal import devices

# Of what others did to an account its owner is told at the next log-in.
TOLD = (
    "account.granted",
    "account.reassigned",
    "account.password_reset",
    "account.glass_broken",
    "account.second_factor_removal_asked",
    "account.second_factor_removed",
    "account.head_set",
    "account.opened",
    "account.second_factor_added",
    "account.passkey_added",
    "account.passkey_removed",
    "session.ended",
    "session.refused",
    "session.directory_refused",
    "session.password_refused",
    "session.code_refused",
    "session.passkey_refused",
    "account.confirmation_refused",
)


# Of these the account itself is the actor, whoever sat there.
OF_WHOEVER = (
    "account.opened",
    "account.second_factor_added",
    "account.passkey_added",
    "account.passkey_removed",
    "session.password_refused",
    "session.code_refused",
    "session.passkey_refused",
    "account.confirmation_refused",
)


class LogInForm(Asking, AdminAuthenticationForm):
    """Name and password; whoever waited too long with the one they were given is told so."""

    def get_invalid_login_error(self) -> ValidationError:
        user = User.objects.filter(username=self.cleaned_data["username"]).first()
        typed = self.cleaned_data["password"]
        if user is not None and has_run_out(user) and one_time.is_of(user.password, typed):
            return ValidationError(
                _(
                    "This password was not used within %(days)s days: an administrator has to ask for a new one."
                ),
                params={"days": accounts.PASSWORD_LIVES.days},
            )
        return super().get_invalid_login_error()


class PortalLogin(LoginView):
    """Log in, and write it in the ledger, as well as that somebody tried."""

    authentication_form = LogInForm
    template_name = "admin/login.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_guessing(client_address(request)):
            return render(request, settings.AXES_LOCKOUT_TEMPLATE, {"address": True}, status=429)
        if is_sprayed() and not devices.is_known(request, request.POST.get("username", "")):
            return render(request, settings.AXES_LOCKOUT_TEMPLATE, {"everywhere": True}, status=429)
        return super().post(request, *args, **kwargs)

    def get_success_url(self) -> str:
        assert isinstance(self.request.user, User)
        return own_address(super().get_success_url(), by=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        name = settings.OIDC_NAME or urlsplit(settings.OIDC_ISSUER).hostname
        return {**super().get_context_data(**kwargs), "directory": name if directory.is_on() else ""}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "label_suffix": ""}

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        user = form.get_user()
        if user.second_factor_id is None:  # else it is open once the code is typed
            opened(self.request, response, user)
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        if {"username", "password"} <= form.cleaned_data.keys():
            user = User.objects.filter(username=form.cleaned_data["username"]).first()
            if user is None:
                refused_access.count_no_name(at=timezone.now())
            else:
                tries.log_in_refused(user, address=client_address(self.request), at=timezone.now())
        return super().form_invalid(form)


def opened(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Write that a log-in is complete, and tell the user when the last one was and what happened since."""
    at = timezone.now()
    device = devices.mark(request, response)
    mine = Event.objects.filter(actor=user.username, action="session.opened").order_by("-at_us", "-pk")
    if (last := mine.first()) is not None:
        with translation.override(user.language):  # the browser may have had another until now
            _tell_since(request, user, last, device)
    ledger.record("session.opened", by=user, at=at, about=user, device=device)


def _tell_since(request: HttpRequest, user: User, last: Event, device: str) -> None:
    when = localtime(ledger.instant(last.at_us))
    same = json.loads(last.body).get("device") == device
    words = _("You last logged in on %(when)s, from this device.")
    if not same:
        words = _(
            "You last logged in on %(when)s, from another device. If that was not you, tell an administrator."
        )
    messages.info(request, words % {"when": date_format(when, "DATETIME_FORMAT")})
    events = Event.objects.filter(target=user.audit_target, action__in=TOLD, at_us__gt=last.at_us)
    for event in events.exclude(Q(actor=user.username) & ~Q(action__in=OF_WHOEVER)).order_by("at_us", "pk"):
        # Of a wrong password nobody knows who typed it.
        who = _("the portal itself") if event.role == Role.SYSTEM else event.actor
        what = {"what": words_of(event.action), "who": who}
        moment = date_format(localtime(ledger.instant(event.at_us)), "DATETIME_FORMAT")
        messages.warning(request, _("Since then: %(what)s, by %(who)s, %(when)s.") % {**what, "when": moment})


def is_guessing(address: str) -> bool:
    """Tell whether so many log-ins failed from an address, under whatever names, that it has to wait."""
    return _failed(ip_address=address) >= settings.LOG_INS_FAILED_PER_ADDRESS


def is_sprayed() -> bool:
    """Tell whether so many log-ins failed, from whatever addresses, that only known browsers are let in."""
    return _failed() >= settings.LOG_INS_FAILED_IN_ALL


def _failed(**of: str) -> int:
    since = timezone.now() - timedelta(hours=settings.AXES_COOLOFF_TIME)
    tried = AccessAttempt.objects.filter(attempt_time__gte=since, **of)
    return int(tried.aggregate(failed=Sum("failures_since_start"))["failed"] or 0)


class OwnPasswordForm(Asking, AdminPasswordChangeForm):  # type: ignore[type-arg]
    """A new password of one's own, on the record like everything that lets somebody in."""

    user: User
    confirmation = forms.CharField(
        label=gettext_lazy("confirmation code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "vTextField"}),
    )
    field_order = ("old_password", "confirmation", "new_password1", "new_password2")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "label_suffix": ""})
        if not confirmations.of(self.user):
            del self.fields["confirmation"]
            return
        self.fields["old_password"].label = _("code of the letter")
        who = self.user.created_by
        words = _(
            "Not in the letter: %(who)s, who prepared your account, tells it to you in person or by telephone."
        )
        self.fields["confirmation"].help_text = words % {"who": who}

    def clean_old_password(self) -> str:
        typed: str = self.cleaned_data["old_password"]
        try:
            tries.require_own_password(self.user, typed, at=timezone.now())
        except Refusal as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal
        return typed

    def clean_confirmation(self) -> str:
        typed: str = self.cleaned_data["confirmation"]
        try:
            confirmations.require(self.user, typed, at=timezone.now())
        except Refusal as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal
        return typed

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean()
        if not self.errors:
            confirmation, password = typed.get("confirmation", ""), typed["new_password1"]
            try:
                own_passwords.change(self.user, password, confirmation=confirmation, at=timezone.now())
            except Refusal as refusal:  # granted anew between the two
                self.add_error(None, ValidationError(str(refusal), code=refusal.code))
        return typed

    def save(self, commit: bool = True) -> User:
        self.user.refresh_from_db()
        return self.user
