"""What several deliveries say, when what they say is put right."""

from cases.models import Declaration, LabResult, Repeat
from cases.services.engine.codes import Turn

NAMES: dict[type, str] = {LabResult: "result", Declaration: "form"}


def carry_over(old: LabResult | Declaration, new: LabResult | Declaration, turn: Turn) -> None:
    """Let deliveries that say a row again say the one that takes its place, where it says the same as before."""
    name = NAMES[type(new)]
    repeats = Repeat.objects.filter(**{name: old.pk}).select_related("batch").order_by("pk")
    rows = [Repeat(batch=one.batch, source_key=one.source_key, **{name: new}) for one in repeats]
    Repeat.objects.bulk_create(rows)
    for row in rows:
        turn.record("batch.repeated", row.batch, also=[row], rows=1)
