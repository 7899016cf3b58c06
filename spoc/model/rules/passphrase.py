"""Which passphrases are refused: those that are too short, and those that attackers try first. There is no
rule of composition."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

LENGTH = 12  # characters; length, not composition: NCSC password guidance
_WORDS, _WORD = (
    4,
    3,
)  # this many separate words of this many letters are accepted, whatever they are
_FEWEST = 5  # different letters and digits
_RUN, _REST = (
    3,
    3,
)  # how many keys in a row count as a run, and how few other letters do not make a passphrase of runs
_DIGITS = "0123456789"
_READ_AS = str.maketrans("013457@$!", "oieastasi")  # how people replace letters by signs
_SHIFTED = str.maketrans('!"£$%^&*()@#', "123456789023")  # the signs on the keys of the digits


@dataclass(frozen=True, slots=True)
class Guessed:
    """What attackers try first, all of it ``plain``: whole passphrases; words that they use alone, with
    digits or joined; the order of the keys."""

    known: frozenset[str]
    words: frozenset[str]
    runs: tuple[str, ...]


def plain(text: str) -> str:
    """Only the small letters, without their accents, and digits."""
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if c.isalnum())


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
    readings = _readings(passphrase)
    bare = readings | {each.strip(_DIGITS) for each in readings}
    if bare & guessed.known:
        return True
    words = [plain(each) for each in passphrase.split()]
    if len({each for each in words if len(each) >= _WORD}) >= _WORDS:
        return False
    whole = plain(passphrase)
    return (
        len(set(whole)) < _FEWEST
        or any(_made_of(each, guessed.words) for each in bare)
        or _repeats(whole)
        or any(_is_walked(each, guessed.runs) for each in readings)
    )


def _readings(passphrase: str) -> set[str]:
    """The readings of a passphrase: with signs and digits as the letters they stand for, and as the keys they
    are on."""
    signs = "".join({each for each in passphrase if not each.isalpha()})
    cut = {passphrase, passphrase.lstrip(signs), passphrase.rstrip(signs), passphrase.strip(signs)}
    read = {plain(each.translate(_READ_AS)) for each in cut}
    return read | {plain(passphrase), plain(passphrase.translate(_SHIFTED))}


def _made_of(text: str, words: Collection[str]) -> bool:
    """Whether a text consists only of these words, one or several, with or without digits between them."""
    ends = {0}
    for at in range(len(text)):
        if at in ends:
            if text[at] in _DIGITS:
                ends.add(at + 1)
            ends |= {at + len(each) for each in words if text.startswith(each, at)}
    return len(text) in ends


def _repeats(text: str) -> bool:
    return any(text[:n] * (len(text) // n) == text for n in range(1, len(text) // 2 + 1))


def _is_walked(text: str, runs: Collection[str]) -> bool:
    """Whether a text consists of runs of keys, forwards or backwards, and little else."""
    ways = [way for run in runs for way in (run, run[::-1])]
    at, rest = 0, 0
    while at < len(text) and rest <= _REST:
        length = _RUN
        if not any(text[at : at + length] in way for way in ways) or at + length > len(text):
            at, rest = at + 1, rest + 1
            continue
        while at + length < len(text) and any(text[at : at + length + 1] in way for way in ways):
            length += 1
        at += length
    return rest <= _REST
