"""Fitting text into cells, and showing where it is cut."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size

_SURNAME = 8  # cells of a surname below which an initial is not worth it
UNBORN = "Unborn baby of "  # how the name of an unborn baby begins, before the mother's


def cropped(text: str, size: int) -> str:
    """The text in at most that many cells: cut at a word, or within one if a single word takes half of
    them."""
    if cell_len(text) <= size:
        return text
    kept = set_cell_size(text, max(0, size - 1))
    if not text[len(kept.rstrip()) :].startswith(" "):
        words = kept.rpartition(" ")[0]
        kept = words if 2 * cell_len(words) >= size else kept
    return kept.rstrip(" ,;:(·") + "…"


def people(text: str, size: int) -> str:
    """People ("Baker, Noor; Baker, Liam") in at most that many cells: all of them, otherwise the first and how
    many more there are. A forename becomes an initial ("Baker, N. +1") before a surname is cut; a long one that is cut
    keeps it, because brothers and sisters have the same."""
    first, *others = text.split("; ")
    if cell_len(text) <= size:
        return text
    more = f" +{len(others)}" if others else ""
    ways = list(_shorter(first))
    fits = (each for each in ways if cell_len(each + more) <= size)
    return next(fits, _cut(ways[-1], size - len(more))) + more


def _cut(name: str, size: int) -> str:
    """A name that is cut, with the initial if enough of the surname has room ("Brook-Aber…, T.")."""
    surname, comma, initial = name.partition(", ")
    room = size - cell_len(comma + initial)
    return (
        cropped(surname, room) + comma + initial
        if comma and room >= _SURNAME
        else cropped(name, size)
    )


def _shorter(name: str) -> Iterator[str]:
    """The ways to write one person's name, the longest first."""
    yield name
    if name.startswith(UNBORN):
        name = f"baby of {name.removeprefix(UNBORN)}"
        yield name
    surname, comma, forename = name.partition(", ")
    if comma:
        yield f"{surname}, {forename[:1]}."


def whom(text: str, size: int) -> str:
    """Caller and children ("Reed, Amy · Brook, Ty") in at most that many cells: the caller's forename becomes an
    initial first, then the child's; then the caller goes. A child's name is cut last."""
    *before, last = text.split(" · ")
    if cell_len(text) <= size:
        return text
    lead = "".join(f"{list(_shorter(each))[-1]} · " for each in before)
    words = people(last, size - cell_len(lead))
    return people(last, size) if words.endswith("…") or "… +" in words else lead + words


def packed(parts: Sequence[str], size: int, sep: str = " · ") -> list[str]:
    """The parts in lines of that many cells, as many to a line as fit: none breaks at the end of a line, so
    that a number stays whole."""
    lines: list[str] = []
    for part in parts:
        if lines and cell_len(lines[-1] + sep + part) <= size:
            lines[-1] += sep + part
        else:
            lines.append(part)
    return lines


def columns(parts: Sequence[str], size: int, rows: int) -> list[str]:
    """The parts below each other, in as many columns as go into that many cells; if ``rows`` do not hold
    them all, the last place says that there are more."""
    gap = 2
    size = max(1, size)
    each = min(size, max(map(cell_len, parts), default=0)) + gap
    fit = max(1, (size + gap) // each)
    if len(parts) > fit * rows:
        parts = [*parts[: fit * rows - 1], "… type to see more"]
    deep = -(-len(parts) // fit)
    return ["".join(fitted(part, each) for part in parts[n::deep]).rstrip() for n in range(deep)]


def ending(text: str, size: int) -> str:
    """The end of the text in at most that many cells: for text whose end matters most."""
    if cell_len(text) <= size:
        return text
    # no letter is narrower than a cell, except for joining signs
    text = text[-size:] if size > 0 else ""
    while text and cell_len(text) >= size:
        text = text[1:]
    return f"…{text}"


def fitted(text: str, size: int) -> str:
    """The text in exactly that many cells."""
    return set_cell_size(cropped(text, size), size)
