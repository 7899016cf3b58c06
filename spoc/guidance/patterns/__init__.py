"""The rule sets of patterns over time, as data, and what a recorded contact counts as."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from spoc.model.errors import BadPack
from spoc.model.rules.guiding.thresholds import ThresholdRule, TimeWindow
from spoc.model.rules.source import Source


@dataclass(frozen=True, slots=True)
class Patterns:
    """``rules`` by code, each switched off until it is adopted. ``kinds`` says which contacts count as an
    event of a kind: those with one of the codes in a field or among the actions."""

    rules: Mapping[str, ThresholdRule]
    kinds: Mapping[str, Mapping[str, frozenset[str]]]


@cache
def patterns() -> Patterns:
    """The contents of rules.toml beside this module. Raises BadPack if the file is not valid."""
    text = files(__package__).joinpath("rules.toml").read_text(encoding="utf-8")
    try:
        data = tomllib.loads(text)
        sources = {
            key: Source(
                key, each["title"], each["edition"], each["review"], each.get("confirmed", True)
            )
            for key, each in data["sources"].items()
        }
        rules = {code: _rule(code, each, sources) for code, each in data["rules"].items()}
        kinds = {
            kind: {name: frozenset(codes) for name, codes in fields.items()}
            for kind, fields in data["kinds"].items()
        }
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadPack(f"rules.toml does not hold the rule sets: {error}.") from error
    return Patterns(rules, kinds)


def _rule(code: str, fields: dict[str, Any], sources: Mapping[str, Source]) -> ThresholdRule:
    values = dict(fields)
    windows = tuple(TimeWindow(each["count"], each.get("months")) for each in values.pop("windows"))
    if not windows or any(each.count < 1 for each in windows):
        raise ValueError(f"{code} has no window")
    return ThresholdRule(
        code=code,
        counts=frozenset(values.pop("counts")),
        windows=windows,
        source=sources[values.pop("source")],
        **values,
    )
