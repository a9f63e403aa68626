"""Finding events by what their body holds, and by their place in time: the two engines' SQL, side by side."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Func, Value


class BodyText(Func):
    """The text under one key of an event's body: `BodyText("ground")`."""

    output_field = models.CharField()
    templates: ClassVar[dict[str, str]] = {
        "postgresql": "((%(body)s)::jsonb ->> %(key)s)",
        "sqlite": "CAST(json_extract(%(body)s, %(key)s) AS text)",
    }

    def __init__(self, key: str, **extra: Any) -> None:
        self.key = key
        super().__init__(F("body"), **extra)

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        body, _params = compiler.compile(self.source_expressions[0])
        key = f"'{self.key}'" if connection.vendor == "postgresql" else f"'$.{self.key}'"
        return self.templates[connection.vendor] % {"body": body, "key": key}, []


class Before(Func):
    """Tell whether a row lies before an instant and key, compared as a pair: so an index answers it."""

    output_field = models.BooleanField()
    template = "%(expressions)s"

    def __init__(self, at_us: int, pk: int) -> None:
        super().__init__(F("at_us"), F("pk"), Value(at_us), Value(pk))

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        parts = [compiler.compile(one) for one in self.source_expressions]
        sql = "({}, {}) < ({}, {})".format(*(piece for piece, _params in parts))
        return sql, [param for _piece, params in parts for param in params]
