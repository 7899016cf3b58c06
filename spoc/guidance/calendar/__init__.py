"""The bank holidays of England, as dated data."""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files

from spoc.model.errors import BadPack


@cache
def bank_holidays() -> tuple[frozenset[date], date]:
    """The recorded bank holidays, and the last day they cover, as ``Hours`` takes them.

    Reads england.toml beside this module, which names its source, edition and review date. Raises BadPack
    if the file is not valid.
    """
    text = files(__package__).joinpath("england.toml").read_text(encoding="utf-8")
    try:
        data = tomllib.loads(text)
        known_until = data["calendar"]["known_until"]
        days = frozenset(date.fromisoformat(day) for day in data["days"])
    except (KeyError, ValueError) as error:
        raise BadPack(f"england.toml does not hold the bank holidays: {error}.") from error
    if not days or type(known_until) is not date or max(days) > known_until:
        raise BadPack(
            "england.toml does not hold the bank holidays: known_until does not cover them."
        )
    return days, known_until
