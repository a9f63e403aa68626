"""Rule books: the versions of the policy, each immutable once approved."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from django.db import connections, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.proposals import Decision, Proposal
from cases.models.reading import remembered
from cases.models.rules import proposal_rules
from cases.policy import rulebook
from healthcode.core.audit.guards import Guard, changed, once
from healthcode.core.audit.models import AppendOnly
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.staff import ROLE_KEYS

VERSION_LENGTH, NUMBER_LENGTH = 40, 100
TEXT = "rule_book__text"  # to be deferred where rows come with their book: seventy thousand characters for each row
LAST = "WHERE {adopted} ORDER BY adopted_at DESC, id DESC LIMIT 1"  # of the versions, the one in force


class RuleBooks(models.Manager["RuleBook"]):
    def in_force(self, at: datetime) -> "RuleBook":
        """Return the version adopted last before an instant. Raises DoesNotExist before the first."""
        book = self.adopted_last(until=at)
        if book is None:
            raise RuleBook.DoesNotExist("No rule book was in force at that instant.")
        return book

    def adopted_last(self, *, until: datetime | None = None) -> "RuleBook | None":
        """Return the version that was adopted last, at an instant or up to now; None before the first."""
        return remembered(("rule book", self.db, until), lambda: self._adopted_last(until))

    def _adopted_last(self, until: datetime | None) -> "RuleBook | None":
        # Every act asks several times, and the ORM takes four times as long to put this together. Without the text: its
        # sixty thousand characters come once for each process.
        columns = ", ".join(str(one.column) for one in RuleBook._meta.concrete_fields if one.name != "text")
        adopted, instants = "adopted_at IS NOT NULL", []
        if until is not None:
            adopted = "adopted_at <= %s"
            instants = [connections[self.db].ops.adapt_datetimefield_value(until)]
        last = LAST.format(adopted=adopted)
        return next(iter(self.raw(f"SELECT {columns} FROM cases_rulebook {last}", instants)), None)  # noqa: S608

    def kept(self, pk: int, sha256: str) -> "RuleBook":
        """Return an adopted version by key and hash: of each, a process reads and parses the text once."""
        if (pk, sha256) not in _kept:
            _kept[pk, sha256] = self.get(pk=pk)
        return _kept[pk, sha256]

    def at_many(self) -> "Callable[[datetime], RuleBook]":
        """Read every version that was ever in force; return what tells the one of an instant, without a query."""
        adopted = list(self.exclude(adopted_at=None).order_by("-adopted_at", "-pk").defer("text"))
        return lambda at: next(
            book for book in adopted if book.adopted_at is not None and book.adopted_at <= at
        )

    def due(self, at: datetime) -> "models.QuerySet[RuleBook]":
        """Return the approved versions whose effective instant has come, and that wait to be adopted."""
        return self.filter(decision=Decision.APPROVED, adopted_at=None, effective_from__lte=at)


class RuleBook(Recorded, Proposal):
    """One version of the policy document. `adopted_at` is the turning moment from which it decides colours."""

    audit_name = "rulebook"
    audit_fields = (
        *Proposal.decided_fields,
        "version",
        "document_number",
        "effective_from",
        "adopted_at",
        "text",
        "sha256",
    )
    guards = (
        *proposal_rules(),
        Guard("INSERT", "NEW.adopted_at IS NOT NULL", "a rule book begins undecided"),
        # Only its adoption is still to come, once.
        Guard(
            "UPDATE",
            "OLD.decision <> 'PENDING' AND "
            + changed("version", "document_number", "effective_from", "text", "sha256", "reason", "answer"),
            "a decided rule book stays as it is",
        ),
        once("adopted_at", message="a rule book is adopted once"),
    )

    version = models.CharField(_("version"), max_length=VERSION_LENGTH)
    document_number = models.CharField(_("document number"), max_length=NUMBER_LENGTH)
    effective_from = models.DateTimeField(_("effective from"))
    adopted_at = models.DateTimeField(_("in force since"), null=True, blank=True)
    text = models.TextField(_("text"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)

    objects = RuleBooks()  # type: ignore[misc,assignment]

    class Meta(Proposal.Meta):
        verbose_name = _("rule book")
        verbose_name_plural = _("rule books")
        constraints = (
            *Proposal.Meta.constraints,
            # One that was sent back may come again, corrected, under the same name.
            models.UniqueConstraint(
                fields=("version",), condition=~Q(decision="REFUSED"), name="rulebook_one_of_a_version"
            ),
            models.CheckConstraint(
                name="rulebook_adopted_once_approved",
                condition=Q(adopted_at=None)
                | Q(decision="APPROVED", adopted_at__gte=models.F("effective_from")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.version} · {self.document_number}"

    @property
    def policy(self) -> rulebook.Policy:
        """Return the parsed document."""
        if self.sha256 not in _parsed:
            _parsed[self.sha256] = parsed(self.text, decided=True)
        return _parsed[self.sha256]


class GroundChannel(Recorded, AppendOnly):
    """That a version lets a ground come in by a channel: what the database looks up, which cannot read the text."""

    audit_name = "channel"
    audit_of = "rule_book"
    audit_fields = ("rule_book", "ground", "channel")

    rule_book = models.ForeignKey(RuleBook, models.PROTECT, related_name="+", verbose_name=_("rule book"))
    ground = models.CharField(_("ground"), max_length=30)
    channel = models.CharField(_("channel"), max_length=10)

    class Meta:
        verbose_name = _("channel of a ground")
        verbose_name_plural = _("channels of grounds")
        constraints = (
            models.UniqueConstraint(fields=("ground", "channel", "rule_book"), name="groundchannel_once"),
        )

    def __str__(self) -> str:
        return f"{self.ground} ← {self.channel}"


@lru_cache(maxsize=16)  # a proposal is read on its form, in its preview and when it is stored
def parsed(text: str, *, decided: bool = False) -> rulebook.Policy:
    """Return a text as a rule book. Raises RuleBookError with the line and the key of the first fault."""
    return rulebook.parse(text, roles=ROLE_KEYS, decided=decided)


_kept: dict[tuple[int, str], RuleBook] = {}
_parsed: dict[str, rulebook.Policy] = {}  # by SHA-256; a version is immutable, and there are few
