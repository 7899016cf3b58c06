"""How names vary in speech and writing, as data: short forms, particles, placeholders."""

import tomllib
from functools import cache
from importlib.resources import files

from spoc.model.errors import BadPack
from spoc.model.persons.names import Lore
from spoc.model.values.tokens import fold


@cache
def lore() -> Lore:
    """The contents of names.toml beside this module, which names its edition and review date.

    Raises BadPack if the file is not valid.
    """
    text = files(__package__).joinpath("names.toml").read_text(encoding="utf-8")
    forms: dict[str, set[int]] = {}
    try:
        data = tomllib.loads(text)
        groups = [group for groups in data["forms"].values() for group in groups]
        for number, group in enumerate(groups):
            for each in group:
                forms.setdefault(fold(each), set()).add(number)
        words = {
            part: frozenset(map(fold, data[part]["words"]))
            for part in ("particles", "beginnings", "placeholders", "titles")
        }
    except (KeyError, AttributeError, TypeError, ValueError) as error:
        raise BadPack(f"names.toml does not hold the forms of names: {error}.") from error
    return Lore(
        particles=words["particles"],
        beginnings=words["beginnings"],
        placeholders=words["placeholders"],
        titles=words["titles"],
        groups=tuple(frozenset(map(fold, group)) for group in groups),
        forms={name: frozenset(numbers) for name, numbers in forms.items()},
    )
