"""Which passphrases are refused: those that are too short, and those that attackers try first. There is no
rule of composition."""

import unicodedata
from dataclasses import dataclass

LENGTH = 12  # characters; length, not composition: NCSC password guidance
_WORDS = 4  # this many separate plain words are good, whatever they are
_FEWEST = 5  # different letters and digits
_READ_AS = str.maketrans("013457@$!", "oieastasi")  # as people replace letters by signs


@dataclass(frozen=True, slots=True)
class Guessed:
    """What attackers try first, all of it ``plain``: whole passphrases, words used alone or with digits,
    and the order of the keys."""

    known: frozenset[str]
    words: frozenset[str]
    runs: tuple[str, ...]


def plain(text: str) -> str:
    """Only the small letters and digits."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def fault(passphrase: str, guessed: Guessed) -> str:
    """Why a passphrase is refused, as a clause with what to do; "" if it is accepted."""
    if len(unicodedata.normalize("NFKC", passphrase)) < LENGTH:
        return (
            f"A passphrase needs at least {LENGTH} characters; nothing was changed. Three or four unrelated "
            "words are easy to remember and long enough."
        )
    if _is_guessed(passphrase, guessed):
        return (
            "That passphrase is among the first that anybody tries: well known, one word with digits, or keys "
            "in a row; nothing was changed. Four plain words that do not belong together are good."
        )
    return ""


def _is_guessed(passphrase: str, guessed: Guessed) -> bool:
    whole = plain(passphrase)
    read = whole.translate(_READ_AS)
    if {whole, read} & guessed.known:
        return True
    if len({plain(word) for word in passphrase.split()} - {""}) >= _WORDS:
        return False
    bare = {whole.strip("0123456789"), plain(passphrase.strip("0123456789 ").translate(_READ_AS))}
    return (
        len(set(whole)) < _FEWEST
        or bool(bare & (guessed.words | guessed.known))
        or _piece(whole) in guessed.words
        or _repeats(whole)
        or any(whole in run * 3 or whole in run[::-1] * 3 for run in guessed.runs)
    )


def _piece(text: str) -> str:
    """The piece that a text repeats, or the text itself."""
    return next(text[:n] for n in range(1, len(text) + 1) if text[:n] * (len(text) // n) == text)


def _repeats(text: str) -> bool:
    return len(_piece(text)) * 2 <= len(text)
