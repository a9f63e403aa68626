"""The code badge: colour, word and shape together, so that nobody has to tell colours apart."""

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from cases.models.transitions import StoredColour
from cases.policy.colours import Colour

# Octagon, triangle, circle, dash: each with its own mark inside, legible without colour and in print.
_SHAPES = {
    Colour.RED: '<path class="s" d="M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z"/><path class="m" d="M4.4 8h7.2"/>',
    Colour.YELLOW: '<path class="s" d="M8 1.2 15.6 15H.4z"/><path class="m" d="M8 6.2v4.1M8 12.3v.9"/>',
    Colour.GREEN: '<circle class="s" cx="8" cy="8" r="7.4"/><path class="m" d="m4.7 8.2 2.4 2.4 4.3-4.8"/>',
    Colour.NONE: '<path class="n" d="M2 8h12"/>',
}


def badge(colour: str, *, large: bool = False) -> SafeString:
    """Return the badge of a colour."""
    known = Colour(colour)
    return format_html(
        '<span class="code code-{}{}">{}{}</span>',
        known.value.lower(),
        " code-large" if large else "",
        shape(known),
        StoredColour(known.value).label,
    )


def shape(colour: str) -> SafeString:
    """Return a colour's shape alone, for places where the word stands beside it."""
    known = Colour(colour)
    return format_html(
        '<svg class="shape shape-{}" viewBox="0 0 16 16" aria-hidden="true" focusable="false">{}</svg>',
        known.value.lower(),
        mark_safe(_SHAPES[known]),  # noqa: S308 - drawn above
    )
