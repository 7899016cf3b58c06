"""The lines of the sync page: every state with what to do next."""

from collections.abc import Iterator
from textwrap import wrap

from textual.content import Content

from spoc.model.ledger.chain import short
from spoc.model.rules.clock import shown_instant, to_local
from spoc.model.values.dates import counted
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible
from spoc.storage.desks import clocks
from spoc.storage.desks.both_ways import Split
from spoc.storage.desks.standing import Other, Standing
from spoc.storage.ledger.splits import why as split_why
from spoc.widgets.pages.cells import fitted

_LABEL, _NAME = 10, 18  # cells


def words(stands: Standing, at: int, width: int, uncounted: str = "") -> Content:
    """How this desk stands, for people; ``uncounted`` is said of what they wrote that does not count."""
    lines: list[tuple[str, str]] = []
    room = max(20, width - _LABEL - 2)

    def row(label: str, text: str, style: str = "") -> None:
        for each in wrap(visible(text), room) or [""]:
            lines.append((f"{label:>{_LABEL}}  ", "$dim"))
            lines.append((f"{each}\n", style))
            label = ""

    row("Place", stands.place or "none yet: p names a shared folder or a hub")
    never = "never synced: press s" if stands.place else "never synced"
    row("Last", shown_instant(stands.last) if stands.last else never)
    if uncounted:
        row("Uncounted", uncounted.replace("y, then w, shows", "w shows"), "$warning")
    for label, text in _states(stands):
        row(label, text, "$warning")
    row("Unsent", f"{_entries(stands.unsent)}; press s" if stands.unsent else "nothing")
    lines.append(("\n", ""))
    if not stands.others:
        row("", "No other desk is in the service. i invites one.", "$dim")
        return Content.assemble(*lines)
    heads = f"  {fitted('Desk', _NAME)} {fitted('Last heard', 29)} Contacts  Has of this desk\n"
    lines.append((heads, "$dim"))
    for number, other in enumerate(stands.others):
        lines.append((f"{'›' if number == at else ' '} ", "bold"))
        lines.append((_other(other), "bold" if number == at else ""))
    marked = stands.others[at]
    lines.append(("\n", ""))
    for each in wrap(f"{visible(marked.name)}: {next_step(marked)}", max(20, width - 2)):
        lines.append((f"  {each}\n", "$dim"))
    return Content.assemble(*lines)


def _states(stands: Standing) -> Iterator[tuple[str, str]]:
    """What is not as it should be, each with what to do next."""
    if stands.asking:
        yield (
            "Waiting",
            "to be let in. Let the desk that invited this one sync, compare the fingerprint "
            f"{stands.fingerprint} by voice, then press s again. If it was not let in within a day, i takes a new invitation",
        )
    elif stands.unfilled:
        yield "Missing", "this desk does not have the service's records yet. Press s"
    if stands.missing and not stands.unfilled:
        yield (
            "Missing",
            f"{_entries(stands.missing)} of other desks not here yet. Press s; if that does not help, let those desks "
            "sync: each puts back what the place has lost",
        )
    if stands.ahead:
        yield (
            "Clock",
            f"this computer's clock is {clocks.words(stands.ahead)}: what is written here has the wrong time. Ask IT to "
            "set it; nothing is lost",
        )
    if stands.conflicts:
        them = "it" if stands.conflicts == 1 else "them"
        yield "Conflicts", f"{counted(stands.conflicts, 'record')} with two values: c shows {them}"
    for split in stands.splits:
        yield "Stopped", _stopped(split)
    told = {split_why(each.stream, each.at) for each in stands.splits}
    for each in stands.held:
        if each not in told:
            yield "Held", each
    for each in stands.problems:
        yield "Problem", each


def next_step(desk: Other) -> str:
    """What to do next about another desk, or what shows that nothing is to be done."""
    known = f"Fingerprint {desk.fingerprint}."
    if desk.shut:
        return "shut out. Take away its access to the folder or hub as well."
    if desk.asked:
        return "a second person agrees with o; until then nothing changes."
    if desk.heard is None:
        return f"it has not synced yet; its first sync says what it has. {known}"
    if abs(desk.ahead) > clocks.WRONG:
        return (
            f"its clock is {clocks.words(desk.ahead)}: what is written there has the wrong time. Ask IT to set it; "
            f"nothing is lost. {known}"
        )
    if desk.silent:
        return "not heard of for a day. Is it switched on and connected? If it is lost, o shuts it out."
    if desk.lacks:
        return f"it gets {_entries(desk.lacks)} of this desk with its next sync. {known}"
    return f"it has signed that it has everything this desk wrote. {known}"


def _stopped(split: Split) -> str:
    ways = ", and by ".join(f"{who} {shown_instant(from_text(at))}" for who, at in split.ways)
    text = (
        f"{' and '.join(split.asked)} says that both count: b agrees"
        if split.asked
        else "b: both count"
    )
    return (
        f"Stream {short(split.stream)} of {split.desk} goes two ways from entry {split.at:,}, by {ways}. Tell IT and "
        f"the named nurse; if both are real, two people let both count. {text}"
    )


def _entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number:,} entries"


def _other(desk: Other) -> str:
    name = fitted(visible(desk.name), _NAME)
    if desk.shut:
        return f"{name} shut out by {visible(' and '.join(desk.asked))}\n"
    if desk.asked:
        return f"{name} {visible(desk.asked[0])} asked to shut it out: o agrees\n"
    if desk.heard is None:
        return f"{name} {fitted('not heard of yet', 29)} {'–':>8}  nothing\n"
    when = f"{to_local(desk.heard):%a %d %b %H:%M}"
    if abs(desk.ahead) > clocks.WRONG:
        when = f"clock wrong: {when}"
    elif desk.silent:
        when = f"silent since {when}"
    has = f"lacks {desk.lacks:,}" if desk.lacks else "everything"
    return f"{name} {fitted(when, 29)} {f'{desk.contacts:,}':>8}  {has}\n"
