"""What a JSON object says about a child besides name, birth and number: facts, alerts, household, death.

The keys are those of the record (spoc.model.persons.record_fields), so that a fact added there can be used
here at once. A fact is a text, or an object with its parts; if there may be several, a list of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from spoc.model.ledger.table import Value
from spoc.model.persons.record_fields import DIED, ON_ROW, RECORD, UNKNOWN, Fact

FACTS = tuple(each for each in RECORD if each.key not in (*ON_ROW, "age"))
# Keys of "person show" that say what the store made of it: accepted with the rest, and ignored.
PASSED_OVER = ("id", "said", "links", "contacts", "patterns", "alerts_of_siblings", "looked")
KEYS = (*(each.key for each in FACTS), "alerts", "household", *PASSED_OVER)
_ALERT = (
    *("code", "said_by", "checked", "checked_by", "review", "ended_on", "text"),
    *("source", "by", "contact", "on", "id", "whose", "words"),
)
_MEMBER = (
    *("name", "relation", "responsible", "said_by", "until", "dob", "nhs_number"),
    *("parental_responsibility", "id", "on", "contact"),
)


@dataclass(frozen=True, slots=True)
class HouseholdInput:
    """Somebody of the household as given: who they are, and the fields of the link."""

    name: str
    dob: str
    nhs_number: str
    child: bool
    fields: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class ChildSaid:
    """The facts, alerts and household given for one child, each as the fields of its table."""

    facts: tuple[Mapping[str, Value], ...] = ()
    alerts: tuple[Mapping[str, Value], ...] = ()
    household: tuple[HouseholdInput, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.facts or self.alerts or self.household)


class Reader(Protocol):
    """Reads values and collects reasons against them: from contact_from_json."""

    bad: list[str]

    def object(self, where: str, value: Any, known: Sequence[str]) -> Mapping[str, Any]: ...
    def list(self, where: str, value: Any) -> list[Any]: ...
    def text(self, where: str, value: Any, strip: bool = True) -> str: ...
    def code(self, where: str, codes: str, value: Any) -> str: ...
    def day(self, where: str, value: Any, *, past: bool) -> str: ...
    def number(self, where: str, value: Any) -> str: ...


def read(reader: Reader, where: str, fields: Mapping[str, Any]) -> ChildSaid:
    """What an object says about a child, each in the fields of its table."""
    facts = []
    for fact in FACTS:
        value = fields.get(fact.key)
        several = value if isinstance(value, list) else [value]
        if isinstance(value, list) and not fact.several:
            reader.bad.append(f"{where} {fact.key}: one value is needed, not a list.")
        for each in several:
            if each not in (None, ""):
                facts.append(_fact(reader, f"{where} {fact.key}", fact, each))
    alerts = [
        _alert(reader, f"{where} alerts {n}", each)
        for n, each in enumerate(reader.list(f"{where} alerts", fields.get("alerts")), 1)
    ]
    household = [
        _member(reader, f"{where} household {n}", each)
        for n, each in enumerate(reader.list(f"{where} household", fields.get("household")), 1)
    ]
    return ChildSaid(tuple(each for each in facts if each), tuple(alerts), tuple(household))


def _fact(reader: Reader, where: str, fact: Fact, row: Any) -> dict[str, Value]:
    fields = row if isinstance(row, Mapping) else {fact.own: row}
    fields = reader.object(where, fields, (fact.own, *fact.parts, "said_by", "on", "contact"))
    if fact.key == DIED:
        on = fields.get(fact.own)
        unknown = on is True or on in (None, "") or str(on).casefold() == UNKNOWN
        value = UNKNOWN if unknown else reader.day(where, on, past=True)
    elif fact.codes:
        value = reader.code(where, fact.codes, fields.get(fact.own))
    elif fact.day:
        value = reader.day(where, fields.get(fact.own), past=fact.key == "dob")
    else:
        value = reader.text(where, fields.get(fact.own))
    if not value:
        return {}
    parts = {
        part: reader.day(f"{where} {part}", fields.get(part), past=False)
        if part in ("since", "until")
        else reader.text(f"{where} {part}", fields.get(part))
        for part in fact.parts
    }
    said_by = reader.text(f"{where} said_by", fields.get("said_by"))
    return {"key": fact.key, "value": value, "said_by": said_by, **parts}


def _alert(reader: Reader, where: str, value: Any) -> dict[str, Value]:
    values = reader.object(where, value, _ALERT)
    code = reader.code(f"{where} code", "alert", values.get("code"))
    if not code and isinstance(value, Mapping):
        reader.bad.append(f"{where}: it has no code.")
    fields: dict[str, Value] = {"code": code}
    other = {"said_by": "source", "checked_by": "by", "text": ""}  # what else a key is called
    for key, name in other.items():
        given_by = values.get(key) if values.get(key) is not None else values.get(name)
        fields[key] = reader.text(f"{where} {key}", given_by)
    for key in ("checked", "review", "ended_on"):
        fields[key] = reader.day(f"{where} {key}", values.get(key), past=key == "checked")
    return fields


def _member(reader: Reader, where: str, value: Any) -> HouseholdInput:
    values = reader.object(where, value, _MEMBER)
    relation = reader.code(f"{where} relation", "relation", values.get("relation"))
    parental = values.get("responsible", values.get("parental_responsibility"))
    if isinstance(parental, bool):
        parental = "yes" if parental else "no"
    responsible = reader.code(f"{where} responsible", "yes-no", parental)
    name = reader.text(f"{where} name", values.get("name"))
    if isinstance(value, Mapping) and not (name and relation):
        reader.bad.append(f"{where}: it needs a name and a relation.")
    fields: dict[str, Value] = {
        "relation": relation,
        "responsible": responsible,
        "said_by": reader.text(f"{where} said_by", values.get("said_by")),
        "until": reader.day(f"{where} until", values.get("until"), past=False),
    }
    return HouseholdInput(
        name=name,
        dob=reader.day(f"{where} dob", values.get("dob"), past=True),
        nhs_number=reader.number(f"{where} nhs_number", values.get("nhs_number")),
        child=relation in ("sibling", "twin", "half-sibling"),
        fields=fields,
    )
