"""What the ledger calls a row, and whose matter it is: declared once, on the row's model."""

from typing import Any, ClassVar

from django.db.models import Model


class Recorded:
    """A model whose rows events are about: with `audit_name = "case"` the row 17 is `case:17`.

    The ledger keeps that name for ever: the model may be renamed, the name may not.
    """

    audit_name: ClassVar[str] = ""
    # The fields that decide something (a colour, a control, who may act): every event about the row commits to them.
    audit_fields: ClassVar[tuple[str, ...]] = ()
    audit_of: ClassVar[str] = (
        ""  # the field whose row the events are about, if not this one: a void's are its case's
    )
    pk: Any

    @property
    def audit_row(self) -> "Recorded":
        """Return the row that the events are about: itself, unless they are another's."""
        return getattr(self, self.audit_of) if self.audit_of else self

    @property
    def audit_target(self) -> str:
        """Return what the ledger calls this very row."""
        return f"{self.audit_name}:{self.pk}"

    @property
    def audit_key(self) -> str:
        """Return the name under which an event commits to this very row, whoever's matter it is."""
        return f"{self.audit_name}:{self.pk}"

    @property
    def audit_person(self) -> str:
        """Return the opaque id of the person concerned: of the row's `person`; empty where there is none."""
        person = getattr(self, "person", None)
        return person.audit_person if isinstance(person, Recorded) else ""


# A row; a model, when its list was read; a name, for what has no row.
About = Recorded | type[Model] | str


def target_of(about: About) -> str:
    """Return what the ledger calls something."""
    if isinstance(about, str):
        return about
    if isinstance(about, Recorded):
        return about.audit_row.audit_target
    return f"list:{about._meta.label_lower}"


def person_of(about: About) -> str:
    """Return the opaque id of the person that something concerns, or nothing."""
    return about.audit_row.audit_person if isinstance(about, Recorded) else ""
