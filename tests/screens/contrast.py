"""How well what stands on a page can be read: the contrast of WCAG 2."""

from typing import Any

from rich.color import Color, ColorType
from textual.geometry import Region
from textual.pilot import Pilot

# -- contrast ----------------------------------------------------------------------------------------


def luminance(colour: Color) -> float:
    """The relative luminance of WCAG 2."""
    parts = [part / 255 for part in colour.get_truecolor()]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: Color, other: Color) -> float:
    """The contrast of two colours: 1 for the same, 21 for black on white."""
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def unreadable(name: str, pilot: Pilot[Any]) -> list[str]:
    """The words on a page whose contrast is under 4.5 to 1, leaving out a page beneath a card."""
    screen = pilot.app.screen
    cards = screen.query("#card")
    seen = cards.first().region if cards else Region(0, 0, *screen.size)
    found = []
    for y, strip in enumerate(screen._compositor.render_strips()):
        if not seen.y <= y < seen.bottom:
            continue
        for segment in strip.crop(seen.x, seen.right):
            style = segment.style
            words = segment.text.strip(" ─│┌┐└┘█▌▍▎▐▀▁▂▃▄▅▆▇")
            if not words or style is None or style.color is None or style.bgcolor is None:
                continue
            if style.color.type is ColorType.DEFAULT or style.bgcolor.type is ColorType.DEFAULT:
                continue
            got = ratio(style.color, style.bgcolor)
            if got < 4.5:
                found.append(f"{name}: {words!r} has {got:.1f}")
    return found
