"""What a page asks a device with passkeys for: drawn for the page, kept in the session, used once."""

import json
from datetime import datetime

from django.http import HttpRequest

from healthcode.core.offices import passkeys
from healthcode.core.offices.models import Passkey, SecondFactor, User

CHALLENGE = "passkey-challenge"  # in the session


def to_register(request: HttpRequest, user: User) -> str:
    """Return, as JSON, what the browser makes a new passkey from; "" where there can be none."""
    site = passkeys.site_of(request)
    if site is None or user.second_factor_id is None:
        return ""
    return json.dumps(passkeys.registration(user, _drawn(request), site=site))


def to_answer(request: HttpRequest, user: User) -> str:
    """Return, as JSON, what the browser asks a device of this account for; "" where none is good here."""
    site = passkeys.site_of(request)
    options = passkeys.authentication(user, _drawn(request), site=site) if user.second_factor_id else None
    return json.dumps(options) if options else ""


def register(request: HttpRequest, user: User, answer: str, *, name: str, at: datetime) -> Passkey:
    """Register what the device made for the page that was posted."""
    site, challenge = passkeys.site_of(request), request.session.pop(CHALLENGE, "")
    if site is None or not challenge:
        raise passkeys.PasskeyNotMade()
    return passkeys.add(user, answer, challenge, name=name, site=site, at=at)


def verify(request: HttpRequest, user: User, answer: str, *, at: datetime) -> SecondFactor:
    """Return the second factor that a device's answer stands for."""
    site, challenge = passkeys.site_of(request), request.session.pop(CHALLENGE, "")
    if site is None or not challenge:
        raise passkeys.PasskeyWrong()
    return passkeys.verify(user, answer, challenge, site=site, at=at)


def _drawn(request: HttpRequest) -> str:
    request.session[CHALLENGE] = passkeys.new_challenge()
    return str(request.session[CHALLENGE])
