"""Every kind of delivery, by its name."""

from cases.feeds import areas, codes, declarations, grounds, lab_results, line_lists, presences
from cases.feeds.formats import Format

FORMATS: dict[str, Format] = {
    module.FORMAT.kind.value: module.FORMAT
    for module in (line_lists, grounds, lab_results, areas, codes, presences, declarations)
}
