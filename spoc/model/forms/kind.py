"""A kind of slot: how what is typed there is taken, shown, held and checked, in one object."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from spoc.model.forms.child_input import Choice
from spoc.model.forms.forms import Field
from spoc.model.forms.sheet import Sheet, with_pending, with_value
from spoc.model.rules.clock import Hours
from spoc.model.rules.codes import Code, Pack


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into a slot, what was chosen there, and by what it is read."""

    text: str  # as it stands, blanks and all
    choice: Choice
    now: datetime
    hours: Hours
    pack: Pack

    @property
    def words(self) -> str:
        return self.text.strip()

    @property
    def code(self) -> str:
        return self.choice.code if isinstance(self.choice, Code) else ""


class Kind:
    """One kind of slot. Unless it says otherwise, a slot is a line of the sheet's values."""

    several = False  # holds any number, in the order in which they were added
    parts: Mapping[str, str] = {}  # more slots, of the last one added: their names and labels

    def take(self, sheet: Sheet, slot: str, said: Typed) -> Sheet:
        """The sheet once it is taken; what is not understood stays as it was typed. Raises BadInput."""
        return with_pending(sheet, slot, said.words)

    def shown(self, sheet: Sheet, slot: str) -> str:
        """What was taken, as the line shows it; "" where it stands before the line."""
        return ""

    def filled(self, sheet: Sheet, slot: str) -> bool:
        """Whether Enter may pass over it: it holds something, or nothing belongs there."""
        return bool(self.shown(sheet, slot))

    def coded(self, sheet: Sheet, slot: str) -> str:
        """The one code in it, as it was taken; "" where it holds none or several."""
        return ""

    def held(self, sheet: Sheet, slot: str) -> tuple[Any, ...]:
        """What it holds, in the order it was added, where it holds several."""
        return ()

    def with_held(self, sheet: Sheet, slot: str, held: Sequence[Any]) -> Sheet:
        return sheet

    def before(self, sheet: Sheet, then: Sheet, slot: str) -> Sheet:
        """The sheet with what a former one had in this slot; of several, beside what was added since."""
        return with_value(sheet, slot, then.values.get(slot, ""))

    def lack(self, sheet: Sheet, field: Field, pack: Pack, on: date) -> str:
        """Why it does not do for closing, as a sentence; "" where it does."""
        value = sheet.values.get(field.key, "").strip()
        return not_coded((value,) if value else (), field, pack, on)


def not_coded(given: Sequence[str], field: Field, pack: Pack, on: date) -> str:
    """Why what is given does not do: there is none, or one is not a code of the field's list on that day."""
    if not given:
        return f"{field.label}: {field.needed}." if field.needed else f"{field.label} is empty."
    for value in given if field.codes else ():
        code = pack.find(field.codes, value)
        if code is None or not code.effective(on):
            return f"{field.label}: “{value}” is not one of its codes."
    return ""
