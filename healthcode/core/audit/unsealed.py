"""The events that the next seal will take: how many, and since when."""

from django.db import connection

from healthcode.core.audit import watermarks
from healthcode.core.audit.models import Seal

UNSEALED = """
SELECT count(*) FROM audit_event AS event
 WHERE {window} AND NOT EXISTS (SELECT 1 FROM audit_leaf AS leaf WHERE leaf.event = event.id)
"""


def count(since: int | None = None) -> int:
    """Count the events without a leaf, from a watermark on: without one, from the last seal's."""
    if since is None:
        since = Seal.objects.order_by("-size").values_list("watermark", flat=True).first() or 0
    with connection.cursor() as cursor:
        cursor.execute(UNSEALED.format(window=watermarks.window(connection, since=since, until=since)))
        return int(cursor.fetchone()[0])
