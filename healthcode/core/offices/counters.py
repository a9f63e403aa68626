"""What is counted of refused requests until the ledger has it."""

from django.conf import settings
from django.db import models


class RefusedAccess(models.Model):
    """How often an account was refused at addresses of one kind within a minute; it goes once the ledger has it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    via = models.CharField(
        max_length=60, blank=True
    )  # the token that the account came by, as the ledger calls it
    address = models.CharField(
        max_length=200
    )  # the pattern of the address: a row's key may stand in it itself
    minute = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("user", "via", "address", "minute"), name="refused_access_counted_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.address} · {self.count}"
