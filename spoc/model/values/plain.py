"""User text on a screen or a page: shown as typed, never interpreted."""

_CONTROLS = {code: 0x2400 + code for code in range(0x20)}
_CONTROLS |= {0x7F: 0x2421}
_CONTROLS |= dict.fromkeys(range(0x80, 0xA0), 0xFFFD)
# Characters that change the direction of the text around them, and line separators.
_CONTROLS |= dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F], 0xFFFD)
_CONTROLS |= dict.fromkeys([0x061C, 0x2028, 0x2029], 0xFFFD)
# half a character (a lone surrogate), which no terminal accepts
_CONTROLS |= dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)
_LINES = {code: sign for code, sign in _CONTROLS.items() if code != 0x0A}


def visible(text: str) -> str:
    """The text on one line, with each control character replaced by its symbol (␛ for escape), one for one."""
    return text.translate(_CONTROLS)


def visible_lines(text: str) -> str:
    """The same for text of several lines, with its line feeds."""
    return text.translate(_LINES)


def words_within(text: str, size: int) -> str:
    """The text in at most that many letters: whole words, and "…" if some are left out."""
    if len(text) <= size:
        return text
    kept = text[: size - 1]
    if not text[size - 1].isspace():
        kept = kept.rpartition(" ")[0] or kept
    return kept.rstrip(" ,;:(") + "…"


# characters that may begin a formula in a spreadsheet
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def for_spreadsheet(text: str) -> str:
    """A cell that is safe for a spreadsheet: never a formula, no control characters except line ends."""
    plain = visible_lines(text.replace("\r\n", "\n"))
    return f"'{plain}" if text.startswith(_FORMULA) else plain
