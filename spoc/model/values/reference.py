"""A contact's reference, as people say it on the telephone: seven letters and digits and a check character.

It is made only from the contact's id, so that every desk has the same; "AB37-QK2X". No letter looks like a
digit (no I, L, O, 0 or 1), and one misheard character, or two swapped ones, are noticed.
"""

import hashlib

_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # 31, a prime: that is why a slip is always noticed
_LENGTH = 7


def reference(contact: bytes | str) -> str:
    """The reference of the contact with this id (16 bytes, or hex)."""
    own = bytes.fromhex(contact) if isinstance(contact, str) else contact
    value = int.from_bytes(hashlib.sha256(own).digest()[:8])
    signs = []
    for _ in range(_LENGTH):
        value, at = divmod(value, len(_SIGNS))
        signs.append(_SIGNS[at])
    text = "".join(signs)
    return f"{text[:4]}-{text[4:]}{_check(text)}"


def parse(text: str) -> str | None:
    """The reference that was typed, in its standard spelling, with any spacing; None if it is not one or a
    character is wrong."""
    words = "".join(each for each in text.upper() if each not in " -\u2010\u2011\u2012\u2013.")
    if len(words) != _LENGTH + 1 or set(words) - set(_SIGNS) or _check(words[:-1]) != words[-1]:
        return None
    return f"{words[:4]}-{words[4:]}"


def _check(text: str) -> str:
    total = sum(weight * _SIGNS.index(each) for weight, each in enumerate(text, 2))
    return _SIGNS[-total % len(_SIGNS)]
