"""`person__among=group`: rows of a few keys that are found first, whatever else the statement joins."""

from typing import Any

from django.db.models import ForeignKey
from django.db.models.lookups import In


@ForeignKey.register_lookup
class Among(In):
    """As `in`, but PostgreSQL finds the keys before it plans the rest.

    Beyond eight joins it leaves them in the order they are written in: 130,000 open cases, with all they name, were
    narrowed to those of one person last.
    """

    lookup_name = "among"

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        if self.rhs_is_direct_value():
            return self.as_sql(compiler, connection)  # keys in hand
        left, left_params = self.process_lhs(compiler, connection)
        keys, key_params = self.process_rhs(compiler, connection)
        return f"{left} = ANY(ARRAY{keys})", [*left_params, *key_params]
