"""NHS numbers: ten digits, the last of which checks the other nine.

Source: NHS Data Dictionary, NHS NUMBER (modulus 11). Numbers from 999 are reserved for testing and are
valid if their check digit is.
"""

import re
from unicodedata import category

from spoc.model.errors import BadInput
from spoc.model.values.dates import quoted

_NAMED = re.compile(r"^\s*nhs\s*(?:number|num|no|#)?[\s.:#=]*", re.IGNORECASE)
_DROPPED = {
    "Zs",
    "Pd",
    "Cf",
    "Cc",
}  # spaces, dashes, invisible marks (of direction, of no width), line ends
_SIGNS = {".", "·", "\u2212", "_"}
_TRACED = re.compile(r"\(t\)\s*$", re.IGNORECASE)  # the mark some systems put after a traced number
_TEN_DIGITS = re.compile(r"[0-9]{10}")


def parse(text: str) -> str:
    """The ten digits of an NHS number as typed or pasted.

    "NHS No:" before it, spaces, dots, dashes of any kind, invisible marks and a trailing "(T)" are dropped.
    BadInput says why a number is invalid; a correct check digit shows that it was copied well, not whose it
    is.
    """
    shaped = "".join(each for each in text if category(each) != "Cf")
    bare = _TRACED.sub("", _NAMED.sub("", shaped))
    digits = "".join(each for each in bare if category(each) not in _DROPPED and each not in _SIGNS)
    if not _TEN_DIGITS.fullmatch(digits):
        raise BadInput(
            f"{quoted(text)} is not an NHS number: it has ten digits, such as 999 012 3454."
        )
    if len(set(digits)) == 1:
        raise BadInput(f"{quoted(text)} is not an NHS number: it is one digit repeated.")
    if _check_digit(digits) != int(digits[9]):
        raise BadInput(f"{quoted(text)} is not an NHS number: a digit is wrong, so read it back.")
    return digits


def for_tests(digits: str) -> bool:
    """Whether it is in the range reserved for testing: no patient has such a number."""
    return digits.startswith("999")


def grouped(digits: str) -> str:
    """Ten digits as people read them out: "999 012 3454"."""
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"


def completed(nine: str) -> str | None:
    """Nine digits with the tenth that checks them, or None if no digit can be right."""
    check = _check_digit(nine)
    return f"{nine}{check}" if check < 10 else None


def _check_digit(digits: str) -> int:
    """The right tenth digit; 10 if no digit can be right."""
    weighted = sum(
        weight * int(digit) for weight, digit in zip(range(10, 1, -1), digits, strict=False)
    )
    return (11 - weighted % 11) % 11
