"""Text modules: entered, changed and withdrawn by the lead. None says a present colour or a telephone number."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from complaints import claims
from complaints.models import TextModule
from complaints.services import steps, wording
from healthcode.core.audit import ledger
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal

ACT, LEAST = "text_module.keep", 5


class SaysColour(Refusal):
    code = "text_modules.says_a_colour"
    message = _(
        "“%(words)s” says a present colour: a text that is told to many leaves it out, the portal writes it."
    )


class SaysNumber(Refusal):
    code = "text_modules.says_a_number"
    message = _("The words name the number %(number)s: the portal adds whom to turn to.")


class ShortcutTaken(Refusal):
    code = "text_modules.key_taken"
    message = _("Another text is inserted by this key.")
    field = "shortcut"


class AlreadyWithdrawn(Refusal):
    code = "text_modules.withdrawn"
    message = _("This text is withdrawn: enter it anew.")


@transaction.atomic
def create(
    *, title: str, text: str, text_en: str = "", shortcut: str = "", by: User, at: datetime
) -> TextModule:
    """Enter a text module. Raises SaysColour, SaysNumber, ShortcutTaken."""
    steps.require(by, ACT)
    module = TextModule(created_by=by, created_at=at)
    _save(module, title, text, text_en, shortcut)
    ledger.record("text_module.created", about=module, by=by, at=at)
    return module


@transaction.atomic
def change(
    module: TextModule, *, title: str, text: str, text_en: str, shortcut: str, by: User, at: datetime
) -> TextModule:
    """Change a text module; what was told with it stays as it was told."""
    steps.require(by, ACT)
    module = _locked(module)
    _save(module, title, text, text_en, shortcut)
    ledger.record("text_module.changed", about=module, by=by, at=at)
    return module


@transaction.atomic
def withdraw(module: TextModule, *, by: User, at: datetime) -> TextModule:
    """Offer a text module no more."""
    steps.require(by, ACT)
    module = _locked(module)
    module.withdrawn_by, module.withdrawn_at = by, at
    module.save(update_fields=("withdrawn_by", "withdrawn_at"))
    ledger.record("text_module.withdrawn", about=module, by=by, at=at)
    return module


def _locked(module: TextModule) -> TextModule:
    module = TextModule.objects.select_for_update().get(pk=module.pk)
    if module.withdrawn_at is not None:
        raise AlreadyWithdrawn()
    return module


def _save(module: TextModule, title: str, text: str, text_en: str, shortcut: str) -> None:
    module.title, module.shortcut = title.strip(), shortcut
    module.text = _checked(text, "text")
    module.text_en = _checked(text_en, "text_en") if text_en.strip() else ""
    try:
        with transaction.atomic():
            module.save()
    except IntegrityError as error:
        raise ShortcutTaken() from error


def _checked(text: str, field: str) -> str:
    text = steps.require_text(text, least=LEAST, field=field)
    if (claim := next(claims.claims(text), None)) is not None:
        raise SaysColour(field=field, words=claim.words)
    if number := wording.number_in(text):
        raise SaysNumber(field=field, number=number)
    return text
