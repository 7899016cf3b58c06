"""Passphrases that attackers try first, as data: well-known ones, and runs along the keys."""

import tomllib
from functools import cache
from importlib.resources import files

from spoc.model.errors import BadPack
from spoc.model.rules.passphrase import Guessed, plain


@cache
def guessed() -> Guessed:
    """The contents of refused.toml beside this module, which names its edition and review date. Raises
    BadPack if the file is not valid.
    """
    text = files(__package__).joinpath("refused.toml").read_text(encoding="utf-8")
    try:
        data = tomllib.loads(text)
        return Guessed(
            known=frozenset(plain(each) for each in data["known"]["passphrases"]),
            words=frozenset(plain(each) for each in data["words"]["words"]),
            runs=tuple(map(plain, data["runs"]["keys"])),
        )
    except (KeyError, AttributeError, TypeError, ValueError) as error:
        raise BadPack(f"refused.toml does not hold the passphrases: {error}.") from error
