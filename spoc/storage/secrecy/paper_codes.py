"""Codes that are shown once, written on paper and typed in again: the recovery code and invitation codes."""

import os
import unicodedata

from spoc.model.errors import BadInput

CODE_GROUPS, CODE_GROUP_LENGTH = 7, 4  # 28 characters of 5 bits: 140 bits

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_code() -> str:
    """A new code of 140 random bits, in groups."""
    number = int.from_bytes(os.urandom(18)) >> 4
    letters = "".join(_CROCKFORD[number >> shift & 31] for shift in range(135, -1, -5))
    return "-".join(code_groups(letters))


def code_groups(code: str) -> list[str]:
    """A code in its groups of four, however it was typed. Raises BadInput if it is not one."""
    letters = _fold(code)
    if len(letters) != CODE_GROUPS * CODE_GROUP_LENGTH or set(letters) - set(_CROCKFORD):
        raise BadInput(
            "A code has seven groups of four letters and digits; nothing was changed. "
            "Check for a missing or extra character and type it again."
        )
    return [letters[i : i + CODE_GROUP_LENGTH] for i in range(0, len(letters), CODE_GROUP_LENGTH)]


def confirm(code: str, group: int, typed: str) -> bool:
    """Whether ``typed`` is one of the code's groups 1 to 7; case, spaces, O for 0 and I or L for 1 do not
    matter."""
    return 1 <= group <= CODE_GROUPS and _fold(typed) == code_groups(code)[group - 1]


def _fold(typed: str) -> str:
    kept = "".join(c for c in unicodedata.normalize("NFKC", typed).upper() if c.isalnum())
    return kept.translate(str.maketrans("OIL", "011"))
