"""What pages ask of everybody, gathered by the timer: which rows wait in which area, and how many have which colour.

Nothing here decides anything: a row that is found by it is asked again, and without it all is read from the facts.
"""

from django.db import models


class AreaKind(models.TextChoices):
    """What is gathered by area."""

    OPEN_CASE = "OPEN_CASE"
    TESTED_CASE = "TESTED_CASE"  # open, with a negative that its exit could rest on
    STANDING_ORDER = "STANDING_ORDER"
    NOT_MOVED = "NOT_MOVED"  # standing, and nobody was driven to its site
    WITHOUT_OFFICER = "WITHOUT_OFFICER"  # standing, and nobody can end it
    COLOURS = "COLOURS"
    CONVERSIONS = "CONVERSIONS"


class AreaGathering(models.Model):
    """When one kind was gathered, and the newest row that was looked at."""

    kind = models.CharField(max_length=20, choices=AreaKind, primary_key=True)
    at = models.DateTimeField()
    newest = models.BigIntegerField(default=0)  # of colours the rule book that weighed them
    newest_result = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.kind} {self.at}"


class AreaRow(models.Model):
    """A case or an order, where its human lived when it was gathered."""

    kind = models.CharField(max_length=20, choices=AreaKind)
    area = models.CharField(max_length=12)
    row = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("kind", "area", "row"), name="area_row_once"),
            models.CheckConstraint(name="area_row_kind_known", condition=models.Q(kind__in=AreaKind.values)),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.area} {self.row}"


class AreaFigure(models.Model):
    """How many people of a division have a colour, or turned to it on a day."""

    kind = models.CharField(max_length=20, choices=AreaKind)
    area = models.CharField(max_length=12)
    day = models.DateField(null=True)
    colour = models.CharField(max_length=6)
    number = models.PositiveIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("kind", "area", "day", "colour"), name="area_figure_of_day_once"),
            models.UniqueConstraint(
                fields=("kind", "area", "colour"), condition=models.Q(day=None), name="area_figure_once"
            ),
            models.CheckConstraint(
                name="area_figure_kind_known", condition=models.Q(kind__in=AreaKind.values)
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.area} {self.colour}"
