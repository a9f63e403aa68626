"""What an account is let in by beside its password."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from healthcode.core.audit.recorded import Recorded

USER = settings.AUTH_USER_MODEL


class SecondFactor(Recorded, models.Model):
    """A user's authenticator: its key is sealed, its recovery codes are kept as hashes; added and removed once."""

    audit_name = "second_factor"
    audit_fields = (
        "user",
        "key_index",
        "recovery",
        "added_at",
        "removal_by",
        "removal_at",
        "removed_by",
        "removed_at",
    )

    user = models.ForeignKey(USER, models.PROTECT, related_name="second_factors", verbose_name=_("user"))
    key_sealed = models.BinaryField(editable=False)
    key_index = models.CharField(max_length=64, editable=False)  # what the ledger holds of the key
    recovery = models.TextField(blank=True, editable=False)  # hashes of the codes that are left
    last_step = models.BigIntegerField(
        default=0, editable=False
    )  # no code of this step or before is taken again
    added_at = models.DateTimeField(_("added at"))
    removal_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("removal asked for by")
    )
    removal_at = models.DateTimeField(_("removal asked for at"), null=True, blank=True)
    removed_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("removed by")
    )
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")
        constraints = (
            models.CheckConstraint(
                name="second_factor_removed_by_another",
                condition=Q(removed_by=None) | Q(removal_by=None) | ~Q(removed_by=models.F("removal_by")),
            ),
            models.UniqueConstraint(
                fields=("user",), condition=Q(removed_at=None), name="second_factor_one_each"
            ),
        )

    def __str__(self) -> str:
        return f"{_('second factor')} {self.pk}"

    def vault_owner(self, field: str) -> str:
        """Return to what the vault binds a sealed column of this row."""
        return f"second-factor:{self.user_id}"


class Passkey(Recorded, models.Model):
    """A key in a device of the user's, good at one host name, of which the portal has the public half."""

    audit_name = "passkey"
    audit_fields = ("user", "host", "credential", "public_key", "added_at", "removed_by", "removed_at")

    user = models.ForeignKey(USER, models.PROTECT, related_name="passkeys", verbose_name=_("user"))
    host = models.CharField(_("host"), max_length=253, editable=False)
    name = models.CharField(_("what you call it"), max_length=40)
    # As browsers spell it (base64url); up to 1,023 bytes, too long for an index.
    credential = models.TextField(editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    public_key = models.TextField(editable=False)
    sign_count = models.BigIntegerField(default=0, editable=False)  # the device's own; a copy falls behind it
    is_copied = models.BooleanField(default=False, editable=False)
    added_at = models.DateTimeField(_("added at"))
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    removed_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("removed by")
    )
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("passkey")
        verbose_name_plural = _("passkeys")
        constraints = (
            models.UniqueConstraint(
                fields=("user", "name"), condition=Q(removed_at=None), name="passkey_named_once"
            ),
        )

    def __str__(self) -> str:
        return self.name
