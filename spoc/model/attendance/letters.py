"""The letters that a review may write, from the pack's templates, or why one must not be written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from spoc.model.attendance.cell_values import from_text
from spoc.model.attendance.flags import History, Letter, SafetyNetRules, see
from spoc.model.rules.guiding.condition import Facts
from spoc.model.values.dates import shown_day


@dataclass(frozen=True, slots=True)
class LetterText:
    """A letter as it would be sent, or why it must not be (its text is then ""). ``asks`` says why somebody
    must first give a reason to write it."""

    letter: Letter
    text: str
    refused: str = ""
    asks: str = ""


def offered(
    fields: Mapping[str, str],
    book: SafetyNetRules,
    history: History,
    now: datetime,
    *,
    site: str,
    service: str,
    by: str,
    do_not_tell: bool,
    died: str = "",
) -> list[LetterText]:
    """The letters for this attendance. A letter to parents is refused if the pack says so, or if a contact
    about the child must not be told to the family (``do_not_tell``). If the child has ``died`` (in words), a
    letter to parents asks first, and one to a professional says so."""
    facts = see(fields, book, history, now).facts
    when = from_text(fields["arrived"])
    born = fields.get("birth_date", "")
    values = {
        "name": fields.get("name") or "your child",
        "born": f"born {shown_day(date.fromisoformat(born))}"
        if born
        else "date of birth not known",
        "attended": shown_day(when.day),
        "site": site,
        "service": service,
        "by": by,
        "count": " ".join(history.reached),
    }
    return [
        _written(each, facts, values, do_not_tell, died)
        for each in book.letters
        if each.when.holds(facts)
    ]


def _written(
    letter: Letter, facts: Facts, fields: Mapping[str, str], do_not_tell: bool, died: str
) -> LetterText:
    if letter.to == "parents" and do_not_tell:
        return LetterText(
            letter, "", "A contact about this child must not be told to the family: no letter."
        )
    if letter.blocked.holds(facts):
        why = (
            "The GP is not known, so there is no letter: agree a follow-up (f) to find out who it is."
            if letter.to == "gp"
            else "What the list says must not reach the family by post: no letter to parents."
        )
        return LetterText(letter, "", why)
    to_family = letter.to == "parents"
    lines = [f"THE CHILD HAS {died}", ""] if died and not to_family else []
    for line in letter.says:
        for key, value in fields.items():
            line = line.replace("{" + key + "}", value)
        lines.append(line)
    asks = f"The child has {died}, and this goes to the family." if died and to_family else ""
    return LetterText(letter, "\n".join(lines), asks=asks)
