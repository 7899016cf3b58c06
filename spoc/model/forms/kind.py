"""A kind of slot: how it takes, shows, holds and checks what is typed, in one object."""

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
class TypedText:
    """What was typed into a slot, what was chosen there, and the context for reading it."""

    text: str  # as it is, with spaces
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


class SlotKind:
    """One kind of slot. Unless overridden, a slot is a line of the sheet's values."""

    several = False  # holds any number, in the order added
    parts: Mapping[str, str] = {}  # further slots, for the last one added: their names and labels

    def take(self, sheet: Sheet, slot: str, line: TypedText) -> Sheet:
        """The sheet once the text is taken; text that is not understood stays as typed. Raises BadInput."""
        return with_pending(sheet, slot, line.words)

    def line_text(self, sheet: Sheet, slot: str) -> str:
        """What was taken, as the line shows it; "" if it is shown before the line."""
        return ""

    def filled(self, sheet: Sheet, slot: str) -> bool:
        """Whether Enter may pass over it: it is filled, or does not apply."""
        return bool(self.line_text(sheet, slot))

    def coded(self, sheet: Sheet, slot: str) -> str:
        """Its one code, as taken; "" if it holds none or several."""
        return ""

    def held(self, sheet: Sheet, slot: str) -> tuple[Any, ...]:
        """Its contents in the order added, if it takes several."""
        return ()

    def with_held(self, sheet: Sheet, slot: str, rows: Sequence[Any]) -> Sheet:
        return sheet

    def before(self, sheet: Sheet, then: Sheet, slot: str) -> Sheet:
        """The sheet with an earlier one's contents of this slot, beside what was added since if it takes
        several."""
        return with_value(sheet, slot, then.values.get(slot, ""))

    def names(self, sheet: Sheet, field: Field, pack: Pack) -> list[str]:
        """A short name for each of its contents, if it takes several."""
        return []

    def copied(self, sheet: Sheet, last: Sheet, slot: str) -> Sheet:
        """The sheet with this slot as it was on the last contact: "same as last"."""
        return sheet

    def lack(self, sheet: Sheet, field: Field, pack: Pack, on: date) -> str:
        """Why it is not good enough for closing, as a sentence; "" if it is."""
        value = sheet.values.get(field.key, "").strip()
        return not_coded((value,) if value else (), field, pack, on)


def not_coded(codes: Sequence[str], field: Field, pack: Pack, on: date) -> str:
    """Why the value will not do: there is none, or one is not a code of the field's list on that day."""
    if not codes:
        return f"{field.label}: {field.needed}." if field.needed else f"{field.label} is empty."
    for value in codes if field.codes else ():
        code = pack.find(field.codes, value)
        if code is None or not code.effective(on):
            return f"{field.label}: “{value}” is not one of its codes."
    return ""
