"""Operations on a row that has no version of its own: an account, an office, a token, a venue, a message."""

import hashlib
from abc import abstractmethod

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import BinaryField, Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from healthcode.core.acts.base import Operation
from healthcode.core.offices.refusals import Refusal

# Moves with every log-in, and says nothing about the account.
VOLATILE = ("last_login", "last_used_at")


class StaleRow(Refusal):
    """The row changed after the page was opened."""

    code = "stale_row"

    message = _(
        "This record has changed since you opened the page. Look at it again, then confirm once more."
    )


def version_of(row: Model) -> int:
    """Return a number that is another one when any field of the row is."""
    # What is sealed is binary, and large: whoever changes it changes what the row says of it as well.
    fields = [
        field.name
        for field in row._meta.concrete_fields
        if field.name not in VOLATILE and not isinstance(field, BinaryField)
    ]
    values = {name: getattr(row, row._meta.get_field(name).attname) for name in fields}  # type: ignore[union-attr]
    text = DjangoJSONEncoder(sort_keys=True).encode(values)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])


class RowOperation(Operation):
    """An operation on one row, refused when the row is no longer the one that was seen."""

    def perform(self, *, seen: int | None) -> str | Promise:
        if self.subject is not None:
            # Locked before it is compared: between a look and the act, another administrator may be faster.
            self.subject = type(self.subject)._default_manager.select_for_update().get(pk=self.subject.pk)
            if seen is not None and seen != version_of(self.subject):
                raise StaleRow()
        return self.do()

    @abstractmethod
    def do(self) -> str | Promise:
        """Call the one service and say what happened."""

    def refresh(self) -> None:
        if self.subject is not None and self.subject.pk:
            self.subject.refresh_from_db()
