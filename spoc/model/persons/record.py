"""A person's record: what was said about them, by whom and when; their alerts; who lives with them.

Nothing is overwritten. If two statements differ, both show, the latest first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta

from spoc.model.persons.record_fields import BY_KEY, DIED, UNKNOWN
from spoc.model.rules.codes import Pack
from spoc.model.values import nhs_number
from spoc.model.values.dates import counted, shown_day


@dataclass(frozen=True, slots=True)
class Statement:
    """One fact, as somebody stated it. ``on`` is the local day; ``said_by`` is who stated it, ``by`` the
    advisor who wrote it down; ``contact`` is the contact (hex id) it was said on; ``of`` names the record if
    two are linked."""

    key: str
    value: str
    on: date
    said_by: str = ""
    by: str = ""
    contact: str = ""
    since: str = ""
    until: str = ""
    team: str = ""
    number: str = ""
    id: str = ""
    person: str = ""

    def words(self, pack: Pack) -> str:
        """The value and its parts: "J Hale, MASH, 01823 …, since 3 Aug 2026"."""
        fact = BY_KEY.get(self.key)
        value = pack.label(fact.codes, self.value) if fact and fact.codes else self.value
        if fact and (fact.day or self.key == DIED):
            value = _day_words(self.value)
        if self.key == "nhs_number" and len(value) == 10:
            value = nhs_number.grouped(value)
        dates = [
            f"{word} {_day_words(day)}"
            for word, day in (("since", self.since), ("until", self.until))
            if day
        ]
        return ", ".join(filter(None, [value, self.team, self.number, *dates]))

    def source(self) -> str:
        """Who stated it and when: "HV, 2 Oct 2026"."""
        on = "" if self.on == date.min else shown_day(self.on)
        return ", ".join(filter(None, [self.said_by or self.by, on]))


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert: something that must be seen at once, as stated by ``said_by``, and when it was checked; never
    live. ``sibling`` names the brother or sister it belongs to."""

    code: str
    on: date
    said_by: str = ""
    checked: str = ""
    checked_by: str = ""
    review: str = ""
    ended_on: str = ""
    text: str = ""
    sibling: str = ""
    contact: str = ""
    id: str = ""
    person: str = ""

    def words(self, pack: Pack, today: date) -> str:
        """One line: what was stated, when and by whom, how old that is, and whether its review is overdue."""
        stated = _parsed(self.checked) or self.on
        old = age_words(stated, today)
        who = f" by {self.said_by}" if self.said_by else ""
        checked = f", checked by {self.checked_by}" if self.checked_by else ""
        label = pack.label("alert", self.code)
        text = f"{label}: {self.text}" if self.text else label
        review = _parsed(self.review)
        due = ""
        if review and review < today:
            due = f"; REVIEW PASSED {shown_day(review)}"
        elif review:
            due = f"; review by {shown_day(review)}"
        ended = f"; ended {_day_words(self.ended_on)}" if self.ended_on else ""
        owner = f"{self.sibling}: " if self.sibling else ""
        return f"{owner}{text}, as stated {shown_day(stated)}{who}{checked} ({old}){due}{ended}"


@dataclass(frozen=True, slots=True)
class HouseholdMember:
    """A member of the household, or somebody who cares for the child: their relation, who said so, and until when."""

    person: str
    name: str
    relation: str
    responsible: str = ""
    said_by: str = ""
    on: date | None = None
    until: str = ""
    dob: str = ""
    contact: str = ""
    id: str = ""
    implied: bool = False  # has the same mother, or is the mother named on the record

    def cared_for(self, pack: Pack) -> str:
        """The same from the other side, for the carer's page: "mother of Brook, Tyler"."""
        relation = pack.label("relation", self.relation).lower()
        past = f", until {_day_words(self.until)}" if self.until else ""
        return f"{relation} of {self.name or 'a child'}{past}"

    def words(self, pack: Pack, today: date) -> str:
        """One line: "Lea Brook, mother, born 1 Mar 2007, parental responsibility (HV, 2 Oct 2026)"."""
        relation = pack.label("relation", self.relation).lower()
        born = _parsed(self.dob)
        parts = [self.name or "not named", relation]
        if born:
            parts.append(f"born {shown_day(born)}")
        if self.responsible:
            parts.append(
                "parental responsibility"
                if self.responsible == "yes"
                else "no parental responsibility"
            )
        if self.until:
            parts.append(f"until {_day_words(self.until)}")
        who = ", ".join(filter(None, [self.said_by, shown_day(self.on) if self.on else ""]))
        return ", ".join(parts) + (f" ({who})" if who else "")


def alert_in_short(of: Alert, pack: Pack, today: date) -> str:
    """A short form of an alert: what, by whom, how old; and whether its review is overdue."""
    stated, review = _parsed(of.checked) or of.on, _parsed(of.review)
    text = pack.label("alert", of.code) + (f": {of.text}" if of.text else "")
    who = f"{of.said_by}, " if of.said_by else ""
    late = " REVIEW PASSED" if review and review < today else ""
    owner = f"{of.sibling}: " if of.sibling else ""
    return f"{owner}{text} ({who}{age_words(stated, today)}){late}"


def differing(statements: Iterable[Statement]) -> list[Statement]:
    """The differing statements about one key: the latest of each value, latest first."""
    found: dict[tuple[str, str], Statement] = {}
    for each in sorted(statements, key=lambda one: (one.on, one.id), reverse=True):
        found.setdefault((each.value.casefold(), each.until), each)
    return list(found.values())


def died(statements: Iterable[Statement]) -> Statement | None:
    """The latest statement that somebody died, or None."""
    items = [each for each in statements if each.key == DIED]
    return max(items, key=lambda each: (each.value != UNKNOWN, each.on), default=None)


def died_words(of: Statement) -> str:
    """ "Died 2 Nov 2026, said by GP" or "Died, date not known, said by GP"."""
    day = _parsed(of.value)
    when = f" {shown_day(day)}" if day else ", date not known"
    return f"Died{when}, said by {of.source()}"


def died_in_short(value: str) -> str:
    """ "DIED 2 Nov 2026", "DIED, date not known", or ""."""
    if not value:
        return ""
    day = _parsed(value)
    return f"DIED {shown_day(day)}" if day else "DIED, date not known"


def contradicted(of: Statement, seen: Iterable[date]) -> list[date]:
    """The days after a death on which the person was seen or rung about: somebody must look into this; the
    record stays as it is."""
    day = _parsed(of.value)
    return [each for each in seen if day and each > day]


def in_order(alerts: Iterable[Alert], pack: Pack) -> list[Alert]:
    """Alerts in the pack's order, gravest first, and the latest first within a kind; ended ones last."""
    order = {code.code: at for at, code in enumerate(pack.lists.get("alert", ()))}
    return sorted(
        alerts,
        key=lambda each: (
            bool(each.ended_on),
            bool(each.sibling),
            order.get(each.code, len(order)),
            -each.on.toordinal(),
        ),
    )


def age_words(day: date, today: date) -> str:
    """How old a statement is: "today", "8 days ago", "3 months ago", "2 years ago"."""
    if day >= today:
        return "today"
    days = (today - day).days
    gap = relativedelta(today, day)
    if days < 61:
        return f"{counted(days, 'day')} ago"
    if gap.years < 2:
        return f"{counted(gap.years * 12 + gap.months, 'month')} ago"
    return f"{counted(gap.years, 'year')} ago"


def _parsed(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _day_words(text: str) -> str:
    day = _parsed(text)
    return shown_day(day) if day else ("date not known" if text == UNKNOWN else text)
