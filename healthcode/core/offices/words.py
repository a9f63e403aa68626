"""Texts that others go by: a document's number, a reason. What is typed there says something, or is not taken."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from healthcode.core.audit import guards
from healthcode.core.offices.refusals import Refusal
from healthcode.core.own_words import WrittenField


class SaysNothing(Refusal):
    code = "words.say_nothing"
    message = _("This says nothing: write letters or digits, not only blanks, dots or dashes.")


class Words(WrittenField):
    """A column of such a text: a new row has a letter or a digit in it. One that may be blank may be left empty."""

    @property
    def guard(self) -> guards.Guard:
        """Return the rule by which the database itself refuses it."""
        return guards.silent(str(self.column), optional=self.blank)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Refuse a new row whose text says nothing. Raises SaysNothing on the field's name."""
        text = super().pre_save(model_instance, add)
        if add and isinstance(text, str) and not (text == "" and self.blank) and not guards.says(text):
            raise SaysNothing(field=self.name)
        return text
