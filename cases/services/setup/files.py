"""Files of offices, staff and venues: prepared whole or not at all, granted as a set, their letters printed once."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cases.models import SetupFile
from cases.models.proposals import Decision
from cases.models.setup_files import SetupKind
from cases.selectors import undecided
from cases.services.engine import second_person
from cases.services.engine.authority import require
from cases.services.engine.refusals import Refusal
from cases.services.setup import contents
from cases.services.setup.contents import Row
from healthcode.core import vault
from healthcode.core.audit import ledger
from healthcode.core.offices import accounts, confirmations
from healthcode.core.offices.letters import ActivationLetter
from healthcode.core.offices.models import User
from healthcode.core.offices.parts import in_parts


class NoRows(Refusal):
    code = "setup.no_rows"
    message = _("The file has a heading and no rows.")
    field = "file"


class PreparedAlready(Refusal):
    code = "setup.prepared_already"
    message = _("A file with exactly these rows waits already for another administrator.")
    field = "file"


class FaultyRows(Refusal):
    """Rows that cannot be granted: all of them at once, each with all that is wrong in it."""

    code = "setup.faulty_rows"
    field = "file"

    def __init__(self, faults: Mapping[int, Sequence[Refusal]]) -> None:
        super().__init__()
        self.faults = {row: tuple(faults[row]) for row in sorted(faults)}

    def __str__(self) -> str:
        number = len(self.faults)
        sentence = ngettext(
            "%(number)s row has faults: nothing of the file is stored.",
            "%(number)s rows have faults: nothing of the file is stored.",
            number,
        )
        return sentence % {"number": number}


class Overtaken(Refusal):
    """What was whole when it was prepared is not any more: somebody took a code or a name meanwhile."""

    code = "setup.overtaken"
    message = _("Since it was prepared, row %(row)s cannot be granted any more: %(why)s Send the file back.")


class Altered(Refusal):
    code = "setup.altered"
    message = _("What is stored is not what was prepared: send the file back, and tell supervision.")


class AnothersLetters(Refusal):
    code = "setup.letters.anothers"
    message = _("Only the administrator who granted the file prints its letters.")


class AnothersConfirmations(Refusal):
    code = "setup.confirmations.anothers"
    message = _("Only the administrator who prepared the file reads its confirmation codes.")


class NoConfirmations(Refusal):
    code = "setup.confirmations.none"
    message = _("Every account of this file was opened, or closed.")


class LettersGone(Refusal):
    code = "setup.letters.gone"
    message = _(
        "These letters were printed already, or their three days are over: give single accounts new passwords."
    )


def folded(letters: Sequence[ActivationLetter]) -> str:
    """Return letters as a text, to be sealed until the page that shows them."""
    return json.dumps([[letter.user.pk, letter.code] for letter in letters])


def unfolded(text: str) -> list[ActivationLetter]:
    """Return the letters of such a text."""
    codes = dict(json.loads(text))
    users = {
        user.pk: user
        for part in in_parts(list(codes))
        for user in User.objects.filter(pk__in=part).select_related("office", "created_by")
    }
    return [ActivationLetter(users[pk], code) for pk, code in codes.items()]


@transaction.atomic
def prepare(
    kind: str, rows: Sequence[Row], *, file_name: str, findings: Sequence[Any] = (), by: User, at: datetime
) -> SetupFile:
    """Keep the rows of a file for another administrator.

    Raises FaultyRows with all that is wrong in any of them; nothing is stored then.
    """
    require(by, "setup.prepare", at=at)
    if not rows:
        raise NoRows()
    if wrong := contents.faults(kind, rows, at=at):
        raise FaultyRows(wrong)
    text = _canonical(rows)
    file = SetupFile(kind=kind, file_name=file_name[-200:], row_count=len(rows), sha256=_digest(text))
    if undecided.waiting(SetupFile).filter(kind=kind, sha256=file.sha256).exists():
        raise PreparedAlready()
    file.counts, file.findings = contents.counts(kind, rows), list(findings)
    file.proposed_by, file.proposed_at = by, at
    file.rows_sealed = vault.encrypt(text, owner=file.vault_owner("rows_sealed"))
    file.save()
    _record("setup_file.prepared", file, by=by, at=at)
    return file


@transaction.atomic
def decide(
    file: SetupFile, *, approve: bool, two_people: bool = False, answer: str = "", by: User, at: datetime
) -> None:
    """Store everything that another administrator prepared, in one transaction, or send it back with a reason.

    `two_people`: whoever grants made sure that accounts of the same name are other people's.
    """
    require(by, "setup.decide", at=at)
    accounts.lock_administrators()
    file = SetupFile.objects.select_for_update().get(pk=file.pk)
    second_person.decide(file, act="setup.decide", approve=approve, answer=answer, by=by, at=at)
    if approve:
        codes = _store(file, by=by, at=at, two_people=two_people)
        text = json.dumps([list(one) for one in codes])
        file.letters_sealed = vault.encrypt(text, owner=file.vault_owner("letters_sealed")) if codes else None
    file.rows_sealed = None  # who sends it anew has the file; what was stored stands in the lists
    file.save(update_fields=["rows_sealed", "letters_sealed"])
    action = "setup_file.granted" if approve else "setup_file.refused"
    _record(action, file, by=by, at=at, notes={"reason": answer})


def rows_of(file: SetupFile) -> list[Row]:
    """Return the rows of a file that waits, none of a decided one. Raises Altered where they are not those prepared."""
    if file.rows_sealed is None:
        return []
    text = vault.decrypt(file.rows_sealed, owner=file.vault_owner("rows_sealed"))
    if _digest(text) != file.sha256:
        raise Altered()
    rows: list[Row] = json.loads(text)
    return rows


@transaction.atomic
def take_letters(file: SetupFile, *, by: User, at: datetime) -> list[ActivationLetter]:
    """Return the letters of a file to whoever granted it, once: the codes are nowhere afterwards."""
    require(by, "setup.decide", at=at)
    file = SetupFile.objects.select_for_update().get(pk=file.pk)
    if file.decided_by_id != by.pk:
        raise AnothersLetters()
    if not has_letters(file, at):
        raise LettersGone()
    assert file.letters_sealed is not None
    codes = dict(json.loads(vault.decrypt(file.letters_sealed, owner=file.vault_owner("letters_sealed"))))
    letters = [ActivationLetter(user, codes[user.username]) for user in _unopened(file, list(codes))]
    file.letters_sealed, file.letters_printed_at = None, at
    file.save(update_fields=["letters_sealed", "letters_printed_at"])
    _record("setup_file.letters_printed", file, by=by, at=at, letters=len(letters))
    return letters


@transaction.atomic
def read_confirmations(file: SetupFile, *, by: User, at: datetime) -> list[ActivationLetter]:
    """Return the confirmation codes of a file's unopened accounts to whoever prepared it."""
    require(by, "setup.prepare", at=at)
    file = SetupFile.objects.select_for_update().get(pk=file.pk)
    if file.proposed_by_id != by.pk:
        raise AnothersConfirmations()
    found = [ActivationLetter(user, confirmations.of(user)) for user in unopened(file)]
    if not found:
        raise NoConfirmations()
    _record("setup_file.confirmations_read", file, by=by, at=at, accounts=len(found))
    return found


def has_letters(file: SetupFile, at: datetime) -> bool:
    """Tell whether a granted file's letters can still be printed."""
    lives = file.decided_at is not None and at < file.decided_at + accounts.PASSWORD_LIVES
    return lives and file.decision == Decision.APPROVED and file.letters_sealed is not None


def has_confirmations(file: SetupFile, at: datetime) -> bool:
    """Tell whether accounts of a granted file wait for their owners to open them."""
    if file.kind != SetupKind.STAFF or file.decision != Decision.APPROVED or file.decided_at is None:
        return False
    return at < file.decided_at + accounts.PASSWORD_LIVES and _waiting(file).exists()


def unopened(file: SetupFile) -> list[User]:
    """Return the accounts that still bear a code of this file, by office."""
    return _by_office(_waiting(file).select_related("office", "created_by", "granted_by"))


def _waiting(file: SetupFile) -> QuerySet[User]:
    given = {
        "created_by": file.proposed_by_id,
        "granted_by": file.decided_by_id,
        "granted_at": file.decided_at,
    }
    return User.objects.filter(is_active=True, password_is_temporary=True, **given)


def _unopened(file: SetupFile, usernames: list[str]) -> list[User]:
    """Return the accounts that still bear the code of this file, by office: letters are handed out so."""
    return _by_office(
        user
        for part in in_parts(usernames)
        for user in _waiting(file).filter(username__in=part).select_related("office", "created_by")
    )


def _by_office(found: Iterable[User]) -> list[User]:
    return sorted(found, key=lambda user: (user.office.division_id, user.office.code, user.username))


def _store(file: SetupFile, *, by: User, at: datetime, two_people: bool) -> list[tuple[str, str]]:
    rows = rows_of(file)
    if wrong := contents.faults(file.kind, rows, at=at):
        row = min(wrong)
        raise Overtaken(row=row, why=wrong[row][0])
    found = contents.built(file.kind, rows)
    codes = contents.CONTENTS[file.kind].store(found, file, by, at, two_people=two_people)
    if file.kind != SetupKind.STAFF:
        return []
    return [(user.username, code) for user, code in zip(found, codes, strict=True) if code]


def _canonical(rows: Sequence[Row]) -> str:
    return json.dumps(rows, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _record(action: str, file: SetupFile, *, by: User, at: datetime, **fields: Any) -> None:
    ledger.record(action, about=file, by=by, at=at, content=file.kind, rows=file.row_count, **fields)
