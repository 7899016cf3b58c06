"""What others supply: each series with its latest number, and the form for adding or correcting one."""

from collections.abc import Mapping
from concurrent.futures import Future
from typing import ClassVar

from spoc.model.errors import BadInput
from spoc.model.forms.forms import Field
from spoc.model.measures.measure import Measure, digits, share
from spoc.model.measures.period import parse_period
from spoc.model.rules.clock import to_local
from spoc.model.values.dates import parse_day, quoted
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.desk.pages.list_screen import ListColumn, ListScreen, list_keys
from spoc.storage.counts import supplied
from spoc.storage.counts.supplied import Supplied
from spoc.storage.ledger.append import WrittenAct
from spoc.widgets.pages.bindings import LIST, key

Item = tuple[Measure, Supplied | None]
_PERIOD = Field(
    "period", "Period", "text", row=1, hint="2026-10, 2026-Q4, 2026-27 or 2026-27-Q3.", needed="type the period"
)  # fmt: skip
_VALUE = Field("value", "Value", "text", row=2, hint="The number as supplied.", needed="type it")
_SHARE = (
    Field(
        "numerator", "Numerator", "text", row=2, hint="How many it is true of.", needed="type it"
    ),
    Field("denominator", "Denominator", "text", row=3, hint="Of how many.", needed="type it"),
)
_BY = (
    Field("supplier", "Supplier", "text", row=4, hint="Who supplied it.", needed="say who"),
    Field("dated", "As of", "text", row=5, hint="The day it refers to: 2/11.", needed="type the day"),
    Field("why", "Why", "text", row=6, hint="Only if the period is already there: why it is corrected."),
)  # fmt: skip


def form_of(measure: Measure) -> tuple[Field, ...]:
    """The fields that a series asks for: a value, or numerator and denominator; the service, if it is by
    service."""
    part = [
        Field("part", "Of", "code", by, row=1, hint="Of which service.", needed="say of which")
        for by in measure.by
    ]
    return (*part, _PERIOD, *(_SHARE if measure.is_share else (_VALUE,)), *_BY)


class SuppliedScreen(ListScreen[None, Item]):
    """Lists the series that others supply."""

    BINDINGS = [
        key("enter", "supply", "type in", "Type in a number of the marked series, or correct one", "supplied.supply", LIST),
        *list_keys("supplied"),
    ]  # fmt: skip
    PLACE = "What others supply"
    NEEDS: ClassVar = {"supply": "report.decide"}
    COLUMNS = (
        ListColumn("Series", share=62),
        ListColumn("Period", 10),
        ListColumn("Number", 16),
        ListColumn("Supplied by"),
    )
    EMPTY = "The pack names no series that others supply."

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.allows(action) and (action != "supply" or self.item is not None)

    def query_items(self) -> list[Item]:
        return supplied.every(self.desk.store, self.desk.actor)

    def above(self) -> str:
        return "Counted by others and never mixed with the desk's own counts."

    def cells(self, item: Item) -> tuple[str, ...]:
        measure, last = item
        if last is None:
            by = "by service" if measure.by else "nothing yet"
            return measure.title, "", "", by
        number = digits(last.value)
        if measure.is_share:
            value = digits(share(last.numerator, last.denominator))
            number = f"{value} % of {last.denominator}"
        return measure.title, last.span.code, number, last.supplier

    def action_supply(self) -> None:
        if self.item is None:
            return
        measure = self.item[0]

        def write(fields: Mapping[str, str]) -> "Future[WrittenAct]":
            return self._write(measure, fields)

        def written(done: bool | None) -> None:
            if done:
                self.say(f"Written: {measure.title}.")

        form = RecordScreen(self.desk, measure.title, form_of(measure), write, measure.code)
        self.app.push_screen(form, written)

    def _write(self, measure: Measure, fields: Mapping[str, str]) -> "Future[WrittenAct]":
        store = self.desk.store
        day = parse_day(fields["dated"], to_local(store.now()).date())
        numbers = {
            name: _number(fields.get(name, "")) for name in ("value", "numerator", "denominator")
        }
        one = Supplied(
            parse_period(fields["period"].strip()),
            numbers["value"],
            _whole(numbers["numerator"]),
            _whole(numbers["denominator"]),
            fields["supplier"].strip(),
            day.isoformat(),
            fields.get("part", "").strip(),
        )
        return supplied.add(store, self.desk.actor, measure, [one], fields["why"])


def _number(text: str) -> float | None:
    """A number as typed; None if nothing is. Raises BadInput."""
    typed = text.strip().replace(",", "")
    if not typed:
        return None
    try:
        found = float(typed)
    except ValueError:
        found = float("nan")
    if not 0 <= found < float("inf"):
        raise BadInput(f"{quoted(text)} is not a number of 0 or more; nothing was added.")
    return found


def _whole(number: float | None) -> int | None:
    if number is not None and not number.is_integer():
        raise BadInput(f"{digits(number)} is not a whole number; nothing was added.")
    return None if number is None else int(number)
