"""Tickets: what a citizen came with, who answers for it, and how far it is."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Case as SqlCase
from django.db.models import Exists, F, OuterRef, Q, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Case, Person
from cases.models.people import masked, readable
from complaints import flow
from complaints.models.choices import (
    Category,
    ColourSeen,
    Contact,
    Relation,
    TicketChannel,
    TicketFinding,
    TicketKind,
    TicketState,
)
from healthcode.core import vault
from healthcode.core.audit.guards import once, stays
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices import roles
from healthcode.core.offices.models import Office, User
from healthcode.core.offices.words import Words

LONGEST_PAUSE = 172_800  # seconds


def user(verbose_name: Any = None, **options: Any) -> Any:
    """Return a key to a user; whoever acted stays named for ever."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=verbose_name, **options
    )


def moment(verbose_name: Any = None) -> Any:
    """Return an instant that may not have come yet."""
    return models.DateTimeField(verbose_name, null=True, blank=True)


class TicketQuerySet(models.QuerySet["Ticket"]):
    def open(self) -> Self:
        """Keep the tickets that still wait for somebody."""
        return self.filter(state__in=flow.OPEN)

    def with_next_due(self) -> Self:
        """Annotate `next_due`: when the running clock runs out; while none runs, when the decision is due."""
        running = (When(state=state, then=F(column)) for state, column in DUE_OF.items())
        return self.annotate(next_due=Coalesce(SqlCase(*running), F("decide_due")))

    def late(self, at: datetime) -> Self:
        """Keep the tickets whose running clock has run out."""
        found = Q(pk__in=())
        for state, column in DUE_OF.items():
            found |= Q(state=state, **{f"{column}__lte": at})
        return self.filter(found)

    def awaiting_others(self) -> Self:
        """Keep the tickets on which a second person, or another office that was asked, has yet to act."""
        # A ticket without any assist has no answer either: that there is one has to be said.
        corrected = _having(corrections__isnull=False, corrections__settled_at=None)
        assisted = _having(assists__isnull=False, assists__answered_at=None)
        return self.filter(corrected | assisted)

    def of(self, person: Person) -> Self:
        """Keep the tickets of a person's whole merged group."""
        return self.filter(person__among=person.group)

    def visible_to(self, user: User) -> Self:
        """Keep the tickets this user may read: all, or those their office answers for or assists in."""
        reach = roles.reach(user.role, "ticket.view") if user.is_active else None
        if reach is None:
            return self.none()
        if reach == roles.Reach.ALL:
            return self
        office = user.office_id
        return self.filter(Q(first_office=office) | Q(office=office) | _having(assists__office=office))


def _having(**related: Any) -> Q:
    """Keep tickets with such a related row, each once however many it has."""
    # Asked of each ticket by its key: where one ticket is read, the assists of all others are not.
    return Q(Exists(Ticket.objects.filter(pk=OuterRef("pk"), **related)))


class Ticket(Recorded, models.Model):
    """One matter of one citizen. Its first responder never changes; a colour is never typed into it."""

    audit_name = "ticket"
    guards = (
        stays("number", message="the number of a ticket stays"),
        stays(
            *("first_responder_id", "first_office_id", "registered_at"),
            message="who registered a ticket stays",
        ),
        once("person_id", message="whom a ticket is about stays"),
    )

    number = models.CharField(_("number"), max_length=20, unique=True)
    kind = models.CharField(_("what it is about"), max_length=10, choices=TicketKind)
    category = models.CharField(_("category"), max_length=3, choices=Category)
    channel = models.CharField(_("how it came in"), max_length=10, choices=TicketChannel)
    state = models.CharField(_("state"), max_length=12, choices=TicketState)
    priority = models.PositiveSmallIntegerField(_("priority"))
    received_at = models.DateTimeField(_("received at"))
    registered_at = models.DateTimeField(_("registered at"))

    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("person")
    )
    is_anonymous = models.BooleanField(_("anonymous"), default=False)
    relation = models.CharField(_("who speaks"), max_length=10, choices=Relation, default=Relation.SELF.value)
    contact_name = models.CharField(_("whom to contact"), max_length=50, blank=True)
    contact_phone_sealed = models.BinaryField(null=True, editable=False)
    contact_phone_index = models.CharField(
        max_length=64, blank=True, editable=False
    )  # finds it, and says nothing
    contact_pref = models.CharField(
        _("how to answer"), max_length=10, choices=Contact, default=Contact.CALL.value
    )
    in_person_at = moment(_("comes in person at"))
    language = models.CharField(_("language"), max_length=10, default="zh-hans", choices=settings.LANGUAGES)
    description = models.TextField(_("in the citizen's words"), max_length=2000, blank=True)

    # What the code was when the first responder looked it up (5.1): frozen. And the decider's own last look.
    snapshot = models.JSONField(null=True, blank=True, editable=False)
    snapshot_at = moment(_("looked up at"))
    snapshot_by = user(_("looked up by"), null=True, blank=True)
    review = models.JSONField(null=True, blank=True, editable=False)
    review_at = moment()
    review_by = user(null=True, blank=True)
    explanation = models.TextField(_("explained as"), max_length=1000, blank=True)
    explained_at = moment(_("explained at"))
    policy_ref = Words(_("according to"), max_length=100, blank=True)

    is_disputed = models.BooleanField(_("the code is disputed"), default=False)
    disputed_case = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("disputed case")
    )

    first_responder = user(_("first responder"))
    first_office = models.ForeignKey(
        Office, models.PROTECT, related_name="+", verbose_name=_("office of the first responder")
    )
    office = models.ForeignKey(Office, models.PROTECT, related_name="+", verbose_name=_("handled by"))
    owner = user(_("handler"), null=True, blank=True)
    taken_at = moment(_("signed for at"))

    finding = models.CharField(
        pgettext_lazy("ticket", "finding"), max_length=20, choices=TicketFinding, blank=True
    )
    decision_reason = models.TextField(_("reason of the finding"), max_length=1000, blank=True)
    decided_by = user(_("decided by"), null=True, blank=True)
    decided_at = moment(_("decided at"))
    decided_colour = models.CharField(
        _("colour after the decision"), max_length=6, choices=ColourSeen, blank=True
    )
    # Who decided before the ticket was taken up again: still nobody to ask whether it is solved now.
    last_decider = user(null=True, blank=True)
    external_ref = Words(_("reference outside"), max_length=100, blank=True)
    told_at = moment(_("told at"))
    told_colour = models.CharField(_("colour that was told"), max_length=6, choices=ColourSeen, blank=True)
    closed_at = moment(_("closed at"))

    sign_due = moment(_("to be signed for by"))
    return_due = moment(_("to be sent back by"))
    decide_due = moment(_("to be decided by"))
    inform_due = moment(_("to be told by"))
    visit_due = moment(_("to be visited by"))
    paused_at = moment(_("waiting since"))
    paused_seconds = models.PositiveIntegerField(_("seconds waited"), default=0)
    extended_until = moment(_("extended until"))

    return_count = models.PositiveSmallIntegerField(_("times sent back"), default=0)
    info_count = models.PositiveSmallIntegerField(_("times material was asked for"), default=0)
    redo_count = models.PositiveSmallIntegerField(_("times redone"), default=0)
    reopen_count = models.PositiveSmallIntegerField(_("times reopened"), default=0)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_("merged into")
    )
    follows = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("earlier ticket")
    )
    # null, not empty: only letters have one, and it is unique
    external_no = models.CharField(_("letter number"), max_length=40, null=True, blank=True, unique=True)
    # The document number that a letter names, where nobody has it or it cannot be one: the bureau clears that up.
    letter_number_sealed = models.BinaryField(null=True, editable=False)
    letter_digest = models.CharField(max_length=64, blank=True, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    _awaits_others: tuple[int, bool] | None = None  # the version it is true of, and the answer

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        indexes = (
            models.Index(
                fields=("office", "decide_due"), condition=Q(state__in=flow.OPEN), name="ticket_queue"
            ),
            models.Index(fields=("first_office", "state"), name="ticket_first_office"),
            models.Index(fields=("state", "closed_at"), name="ticket_state_closed"),
            models.Index(
                fields=("contact_phone_index",), condition=~Q(contact_phone_index=""), name="ticket_phone"
            ),
        )
        constraints = (
            models.CheckConstraint(name="ticket_state_known", condition=Q(state__in=TicketState.values)),
            models.CheckConstraint(name="ticket_kind_known", condition=Q(kind__in=TicketKind.values)),
            models.CheckConstraint(name="ticket_category_known", condition=Q(category__in=Category.values)),
            models.CheckConstraint(
                name="ticket_channel_known", condition=Q(channel__in=TicketChannel.values)
            ),
            models.CheckConstraint(
                name="ticket_finding_known", condition=Q(finding__in=["", *TicketFinding.values])
            ),
            models.CheckConstraint(
                name="ticket_colours_known",
                condition=Q(
                    decided_colour__in=["", *ColourSeen.values], told_colour__in=["", *ColourSeen.values]
                ),
            ),
            models.CheckConstraint(name="ticket_priority", condition=Q(priority__in=(1, 2, 3))),
            models.CheckConstraint(
                name="ticket_anonymous_is_a_question",
                condition=Q(is_anonymous=False) | Q(person=None, kind="CONSULT"),
            ),
            models.CheckConstraint(
                name="ticket_of_a_letter", condition=Q(channel="HOTLINE") ^ Q(external_no=None)
            ),
            models.CheckConstraint(
                name="ticket_looked_up_first",  # clause 5.1
                condition=Q(channel="HOTLINE")
                | Q(is_anonymous=True)
                | Q(snapshot__isnull=False, snapshot_at__isnull=False, snapshot_by__isnull=False),
            ),
            models.CheckConstraint(
                name="ticket_decided_pair",
                condition=Q(decided_at=None, decided_by=None)
                | Q(decided_at__isnull=False, decided_by__isnull=False)
                & ~Q(finding="")
                & ~Q(decision_reason=""),
            ),
            models.CheckConstraint(
                name="ticket_state_follows_instants",
                condition=~Q(state__in=("DECIDED",), decided_at=None)
                & ~Q(state__in=("INFORMED", "CLOSED"), told_at=None)
                & (Q(state="CLOSED") ^ Q(closed_at=None)),
            ),
            models.CheckConstraint(
                name="ticket_merged_pair",
                condition=Q(state="MERGED", merged_into__isnull=False) & ~Q(merged_into=F("pk"))
                | ~Q(state="MERGED") & Q(merged_into=None),
            ),
            models.CheckConstraint(
                name="ticket_limits", condition=Q(paused_seconds__lte=LONGEST_PAUSE, return_count__lte=1)
            ),
            models.CheckConstraint(
                name="ticket_paused_while_waiting", condition=Q(state="NEED_INFO") ^ Q(paused_at=None)
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.state in flow.OPEN

    def vault_owner(self, field: str) -> str:
        """Return to what the vault binds a sealed column of this row."""
        return f"ticket:{self.number}"

    @property
    def contact_phone(self) -> str:
        """Return the telephone number in clear: for those who have to ring."""
        sealed = self.contact_phone_sealed
        return vault.decrypt(sealed, owner=self.vault_owner("contact_phone_sealed")) if sealed else ""

    @property
    def letter_number(self) -> str:
        """Return the document number that a letter names and that led to nobody."""
        sealed = self.letter_number_sealed
        return vault.decrypt(sealed, owner=self.vault_owner("letter_number_sealed")) if sealed else ""

    @property
    def masked_phone(self) -> str:
        return readable(lambda: masked(self.contact_phone, 3, 2))

    def awaits_others(self) -> bool:
        """Tell whether a second person, or another office that was asked, has yet to act.

        A page asks it once for each finding it might offer. Whatever changes the answer is an event of the ticket,
        and raises its version: so it is asked of the database once a version.
        """
        if self._awaits_others is None or self._awaits_others[0] != self.version:
            awaits = Ticket.objects.awaiting_others().filter(pk=self.pk).exists()
            self._awaits_others = (self.version, awaits)
        return self._awaits_others[1]

    @property
    def due(self) -> datetime | None:
        """Return until when the next thing has to be done."""
        name = DUE_OF.get(self.state)
        return getattr(self, name) if name else None


# Which clock runs in which state.
DUE_OF = {
    TicketState.REGISTERED.value: "decide_due",
    TicketState.ROUTED.value: "sign_due",
    TicketState.IN_PROGRESS.value: "decide_due",
    TicketState.DECIDED.value: "inform_due",
    TicketState.INFORMED.value: "visit_due",
}
# What ends each clock, in the order in which they run.
DONE_BY = {
    "sign_due": "taken_at",
    "decide_due": "decided_at",
    "inform_due": "told_at",
    "visit_due": "closed_at",
}
# In which states each clock can run out.
RUNS_IN = {
    "sign_due": (TicketState.ROUTED,),
    "decide_due": (TicketState.REGISTERED, TicketState.ROUTED, TicketState.IN_PROGRESS),
    "inform_due": (TicketState.DECIDED,),
    "visit_due": (TicketState.INFORMED,),
}
