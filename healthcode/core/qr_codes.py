"""QR codes for paper: an SVG without style or script."""

import segno
from django.utils.safestring import SafeString, mark_safe

MASK = 3  # of eight; a reader takes any, and to try them all takes ten times longer than to draw


def drawn(text: str, *, quick: bool = False) -> SafeString:
    """Return a text as a QR code; `quick` where thousands are drawn, with a fixed mask and less to spare for stains."""
    options = {"error": "l", "mask": MASK, "boost_error": False} if quick else {"error": "m"}
    code = segno.make(text, micro=False, **options)
    svg = code.svg_inline(scale=4, border=3, omitsize=True, svgclass="qr", lineclass=None)
    return mark_safe(svg)  # noqa: S308 - drawn by segno from numbers alone
