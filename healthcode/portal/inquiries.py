"""What a question of supervision can be about: whatever has a file of its own, and a row of the board of signs."""

from datetime import datetime

from cases.services import inquiries
from cases.services.inquiries import InquiryMatter
from healthcode.core import languages
from healthcode.portal.dossiers import matters
from healthcode.portal.signs import board

SIGN = "sign"


def of_file(text: str, at: datetime) -> InquiryMatter | None:
    """Return the person, ticket or conversion with this number."""
    found = matters.find(text)
    if found is None:
        return None
    target = f"transition:{found.turn.pk}" if found.turn is not None else found.about.audit_target
    return InquiryMatter(target, found.person)


def of_sign(text: str, at: datetime) -> InquiryMatter | None:
    """Return the row of the board that a mark names, as long as it is found."""
    kind, _colon, rest = text.partition(":")
    key, _colon, subject = rest.partition(":")
    sign = next((one for one in board.SIGNS if one.key == key), None)
    if kind != SIGN or sign is None:
        return None
    rows = (row for row in board.rows(key, at=at) if board.subject_of(row) == subject)
    row = next(rows, None)
    if row is None:
        return None
    return InquiryMatter(f"{SIGN}:{key}", None, subject, languages.entry(str(sign.label), row.text))


inquiries.MATTERS += [of_file, of_sign]
inquiries.SIGNS |= {one.key: one.label for one in board.SIGNS}
