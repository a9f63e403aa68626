"""What somebody typed into the form of an act, until it is done or a day old."""

from django.db import models

from healthcode.core.offices.models import User


class Attempt(models.Model):
    """One filling-in of one form by one user. What was typed is sealed: it names people and numbers."""

    mark = models.CharField(max_length=16, unique=True)  # in the page's address, and good for its user alone
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    page = models.CharField(max_length=200)  # of which page it is
    at = models.DateTimeField(db_index=True)
    sealed = models.BinaryField()
    is_interrupted = models.BooleanField(default=False)  # sent, and taken by no page: its user is told of it

    def __str__(self) -> str:
        return f"Attempt {self.pk}"
