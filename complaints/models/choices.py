"""The words of a ticket: its states, kinds, categories and findings."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TicketState(models.TextChoices):
    REGISTERED = "REGISTERED", pgettext_lazy("ticket", "registered")
    ROUTED = "ROUTED", _("waiting to be signed for")
    IN_PROGRESS = "IN_PROGRESS", _("being handled")
    NEED_INFO = "NEED_INFO", _("waiting for material")
    DECIDED = "DECIDED", _("decided, to be told")
    INFORMED = "INFORMED", _("told, to be visited")
    CLOSED = "CLOSED", pgettext_lazy("ticket", "closed")
    MERGED = "MERGED", _("merged into another")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("ticket", "withdrawn")
    VOID = "VOID", pgettext_lazy("ticket", "cancelled")


class TicketKind(models.TextChoices):
    CONSULT = "CONSULT", pgettext_lazy("ticket", "question")
    CORRECTION = "CORRECTION", pgettext_lazy("ticket", "the code is said to be wrong")
    CONDUCT = "CONDUCT", pgettext_lazy("ticket", "how somebody was treated")


class Category(models.TextChoices):
    C01 = "C01", _("control ended, code still red")
    C02 = "C02", _("test missing or not synchronised")
    C03 = "C03", _("name, number or telephone wrong; persons mixed up")
    C04 = "C04", _("movement track wrong")
    C05 = "C05", _("region or its level wrong")
    C06 = "C06", _("fever declared")
    C07 = "C07", _("case or close contact disputed")
    C08 = "C08", _("overseas stay disputed")
    C09 = "C09", _("elderly, child, no telephone")
    C10 = "C10", _("passport, Hong Kong, Macao, Taiwan, foreigner")
    C11 = "C11", _("another city's code refused, told to apply again (4.2)")
    C12 = "C12", _("coloured by another city or province")
    C13 = "C13", _("page or display at fault")
    C14 = "C14", _("passage refused with green, conduct, other")


class TicketChannel(models.TextChoices):
    WALK_IN = "WALK_IN", _("in person")
    PHONE = "PHONE", _("by telephone")
    HOTLINE = "HOTLINE", _("letter of the hotline 12345")


class Relation(models.TextChoices):
    SELF = "SELF", pgettext_lazy("relation", "the person")
    PARENT = "PARENT", pgettext_lazy("relation", "a parent")
    GUARDIAN = "GUARDIAN", pgettext_lazy("relation", "a guardian")
    RELATIVE = "RELATIVE", pgettext_lazy("relation", "a relative")
    OTHER = "OTHER", pgettext_lazy("relation", "somebody else")
    UNVERIFIED = "UNVERIFIED", pgettext_lazy("relation", "identity not verified")


# Who may hear why somebody's code has its colour; everybody else hears the policy alone.
MAY_HEAR = (Relation.SELF.value, Relation.PARENT.value, Relation.GUARDIAN.value)


class Contact(models.TextChoices):
    CALL = "CALL", pgettext_lazy("contact", "by telephone")
    SMS = "SMS", pgettext_lazy("contact", "by text message")
    IN_PERSON = "IN_PERSON", pgettext_lazy("contact", "in person")
    HOTLINE = "HOTLINE", pgettext_lazy("contact", "through the hotline 12345")


class TicketFinding(models.TextChoices):
    GROUND_WRONG = "GROUND_WRONG", _("the ground is wrong: void it")
    END_CONDITION_MET = "END_CONDITION_MET", _("the ground was right, its end is not entered yet")
    UPHELD = "UPHELD", _("right: say what ends it and when")
    IDENTITY_FIXED = "IDENTITY_FIXED", _("the identity was wrong and is corrected")
    OUTSIDE = "OUTSIDE", _("answered by somebody outside")
    CONDUCT = "CONDUCT", _("about conduct: looked into and settled")


class ColourSeen(models.TextChoices):
    RED = "RED", _("red code")
    YELLOW = "YELLOW", _("yellow code")
    GREEN = "GREEN", _("green code")
    NONE = "NONE", _("no code")
