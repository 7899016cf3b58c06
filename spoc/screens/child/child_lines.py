"""The lines of a child's page: pattern, household, statements, links, and the timeline below them."""

from collections.abc import Iterator
from dataclasses import dataclass

from textual.content import Content

from spoc.model.persons import record_fields
from spoc.model.values.plain import visible
from spoc.storage.persons import person_page
from spoc.storage.persons.person_page import PersonPage
from spoc.storage.persons.timeline import TimelineEvent
from spoc.storage.store import Store
from spoc.widgets.pages.cells import cropped

LABEL = 15  # cells for the labels' column
_KIND = 16  # cells for the kind of an event
BAND = 5  # lines of warnings at the top; the others follow below

# What the timeline can be narrowed to, in the order of the key.
FILTERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("", ()),
    ("contacts", ("contact", "contact_link")),
    ("ED", ("attendance", "review", "share", "letter")),
    ("notes and outcomes", ("note", "outcome")),
    ("alerts", ("alert",)),
    ("what was said", ("fact", "household")),
    ("links", ("person_link", "contact_link")),
)


@dataclass(frozen=True, slots=True)
class ChildLine:
    """One line above the timeline. ``tbl`` and ``id`` (hex) are its record, ``person`` (hex) whom Enter
    opens."""

    label: str
    text: str
    style: str = ""
    tbl: str = ""
    id: str = ""
    person: str = ""


Item = ChildLine | TimelineEvent


def lines(of: PersonPage, store: Store, width: int) -> list[Item]:
    """The lines above the timeline, wrapped to the width."""
    return [
        each for line in _lines(of, store) for each in _wrapped(line, max(20, width - LABEL - 6))
    ]


def _lines(of: PersonPage, store: Store) -> Iterator[ChildLine]:
    record, pack = of.record, store.pack
    label = "Pattern"
    for text in of.pattern:
        yield ChildLine(label, text, "bold $warning")
        label = ""
    label = "Household"
    for member in record.household:
        tbl = "" if member.implied else "household"
        yield ChildLine(label, member.words(pack, of.today), "", tbl, member.id, member.person)
        label = ""
    label = "Cares for"
    for child in record.cares_for:
        tbl = "" if child.implied else "household"
        yield ChildLine(label, child.cared_for(pack), "", tbl, child.id, child.person)
        label = ""
    if not record.household and not record.cares_for:
        yield ChildLine("Household", "nobody named yet: m adds who lives there or cares", "$dim")
    last = ""
    for each in (statement for fact in record_fields.RECORD for statement in record.of(fact.key)):
        if each.key == "died":
            yield ChildLine(
                "Died", f"{each.words(pack)} ({each.source()})", "bold", "fact", each.id
            )
            continue
        name = record_fields.BY_KEY[each.key].label
        yield ChildLine(
            "" if name == last else name,
            f"{each.words(pack)} ({each.source()})",
            "",
            "fact",
            each.id,
        )
        last = name
    label = "Alerts"
    for alert in record.alerts:
        style = "$dim" if alert.ended_on else "bold"
        tbl = "" if alert.sibling else "alert"
        yield ChildLine(label, alert.words(pack, of.today), style, tbl, alert.id)
        label = ""
    label = "Links"
    for link in record.links:
        other = link[2] if link[1] in record.ids[:1] else link[1]
        yield ChildLine(
            label,
            person_page.link_words(link, record),
            "",
            "person_link",
            link[0].hex(),
            other.hex(),
        )
        label = ""


def _wrapped(line: ChildLine, width: int) -> list[ChildLine]:
    pieces = [str(each).rstrip() for each in Content(visible(line.text)).wrap(width)] or [""]
    return [
        ChildLine(line.label if at == 0 else "", piece, line.style, line.tbl, line.id, line.person)
        for at, piece in enumerate(pieces)
    ]


def paint(item: Item, store: Store, width: int, owner: str = "") -> Content:
    """One line of the page; ``owner`` names the brother or sister to whom an event happened."""
    if isinstance(item, ChildLine):
        label = Content.styled(f"{visible(item.label):>{LABEL}}  ", "$dim")
        return label + Content.styled(visible(item.text), item.style)
    day, kind, words = person_page.event_line(item, store)
    text = visible(" ".join(f"{owner}: {words}".split() if owner else words.split()))
    return Content.assemble(
        (f"{day:>{LABEL}}  ", "$dim"),
        (f"{kind:<{_KIND}} ", "bold"),
        cropped(text, width - LABEL - _KIND - 3),
    )
