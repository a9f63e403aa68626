"""The columns that the vault sealed, and under which key their rows are."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models
from django.db.models.functions import Substr

from healthcode.core import vault

# Rows that are gone within days: what no key opens any more there is as good as forgotten.
FLEETING = ("acts.Attempt", "complaints.Draft")


def columns() -> Iterator[tuple[type[models.Model], str]]:
    """Yield each sealed column that lasts: its model and its name. The vault alone makes what is binary."""
    for model in apps.get_models():
        if model._meta.label not in FLEETING:
            for field in model._meta.local_fields:
                if isinstance(field, models.BinaryField):
                    yield model, field.name


def unopened() -> Iterator[str]:
    """Yield the columns whose first or last row is sealed under a key that is not configured."""
    for model, name in columns():
        head = Substr(name, 1, vault.KEY_ID, output_field=models.BinaryField())
        rows = model._default_manager.exclude(**{name: None}).values_list(head, flat=True)
        # By key: the ends of an index, however long the table.
        ends = (*rows.order_by("pk")[:1], *rows.order_by("-pk")[:1])
        if not all(vault.is_known(sealed) for sealed in ends):
            yield f"{model._meta.label}.{name}"
