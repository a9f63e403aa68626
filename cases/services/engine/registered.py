"""What one office holds somebody back by has been seen by another: it stands in the register of documents."""

from cases.models import Document
from cases.selectors import register


def stands(number: str) -> bool:
    """Tell whether the register has a document, however it is spelled; its row is locked: who strikes it waits."""
    known = register.standing_for(number)
    locked = Document.objects.standing().select_for_update()
    return known is not None and locked.filter(pk=known.pk).exists()
