"""The call at a glance: who it is about, what was promised, what it still lacks, the clock."""

from collections.abc import Callable, Sequence
from datetime import datetime

from textual.content import Content
from textual.geometry import Size

from spoc.model.forms import form_input
from spoc.model.forms import kinds as form_kinds
from spoc.model.forms.contact import Missing, due_of
from spoc.model.forms.forms import Field
from spoc.model.forms.sheet import Person, Sheet, children_words
from spoc.model.rules.clock import to_local
from spoc.model.rules.codes import Pack
from spoc.model.rules.guiding.guide import ASK, STOP, TELL, Prompt
from spoc.model.rules.guiding.guiding import OPEN, Guided, state
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible
from spoc.screens.call.typing.suggestions import SEP, of_a_visit, person_words
from spoc.storage.contacts.call import guidance_facts
from spoc.storage.contacts.call.drafts import Draft
from spoc.storage.desk import Desk
from spoc.storage.desks import standing
from spoc.widgets.forms.questions import letters_line
from spoc.widgets.pages.cells import packed

HIGH, GUIDE_ROWS = 32, 5  # lines of a high page, and of the guide on it (see sheet.tcss)
KINDS = {STOP: "STOP", ASK: "ASK", TELL: "TELL"}
_F6 = {STOP: "answers it", ASK: "why", TELL: "why"}
_STYLES = {STOP: "bold $stop-text on $error", ASK: "bold $background on $warning", TELL: "bold"}
SIDE = 35  # cells for the words of the panel (see contact.tcss)


def call_clock(sheet: Sheet, now: datetime) -> str:
    """How long the call has lasted: "call 04:12", "call 2h05"."""
    seconds = max(0, int((now - from_text(sheet.opened_at)).total_seconds()))
    minutes, rest = divmod(seconds, 60)
    if minutes > 99:
        return f"call {minutes // 60}h{minutes % 60:02}"
    return f"call {minutes:02}:{rest:02}"


def chosen(sheet: Sheet, field: Field, pack: Pack, picked: int | None = None) -> str:
    """The text before the entry of a field with several values; the marked one is between arrows."""
    parts = form_kinds.KINDS[field.kind].names(sheet, field, pack)
    if picked is not None and 0 <= picked < len(parts):
        parts[picked] = f"▸{parts[picked]}◂"
        parts = parts[: picked + 1] if picked + 1 < len(parts) else parts  # its end is shown
    if field.kind == "child":
        return "; ".join(parts) or children_words(sheet)
    return " · ".join(parts)


def not_closed_words(lacks: Sequence[Missing], alone: bool) -> str:
    """The message when a contact does not close yet; ``alone``: only questions are missing, and answering
    them closes it."""
    more = f"  And {len(lacks) - 1} more." if len(lacks) > 1 else ""
    how = "It closes once answered." if alone else "Ctrl+O closes anyway."
    return f"Not closed yet. {lacks[0].sentence}{more}" + ("" if lacks[0].stop else f"  {how}")


def gone_words(gone: Prompt, instead: Sequence[Prompt]) -> str:
    """The message when a STOP goes because of what was just typed, never silently: it may be a slip."""
    if instead:
        return f"After your last change, “{gone.title}” gives way to “{instead[0].title}”."
    return f"“{gone.title}” no longer applies after your last change. If that was a slip, put it right."


def guide_words(
    sheet: Sheet, now: Guided, notes: Sequence[tuple[str, str]], size: Size, *, asking: bool
) -> Content:
    """What guides the call, above the keys: unanswered prompts (at most two), a margin note, the letters.

    One line on a low page, where a prompt comes first, and two if two STOPs are open; always as many lines
    as fit.
    """
    width, rows = max(20, size.width - 2), GUIDE_ROWS if size.height >= HIGH else low_rows(now)
    letters = letters_line(sheet, now.asked)
    heads: list[Content] = []
    shown = now.shown[: rows if rows < GUIDE_ROWS else None] or tells(now)[:1]
    more = max(0, len(now.open) - len(shown))
    for each in shown:
        others = f"  +{more}" if rows < GUIDE_ROWS else f"   and {more} more"
        end = others if more and each is shown[-1] else ""
        head = (f" {KINDS[each.kind]} ", _STYLES[each.kind])
        words = f" {visible(each.title)}   F6 {_F6[each.kind]}{end}"
        heads.append(Content.assemble(head, (words, "bold")))
    written = [Content.assemble(("✎ ", "bold $warning"), visible(words)) for _, words in notes[:2]]
    last = [letters] if letters.plain and not asking else []  # the walk has its own
    lines = [*heads, *written, *last][:rows]
    if heads and rows == GUIDE_ROWS:  # what to do, if there is space
        lines[1:1] = _whole_thoughts(shown[0].says, width - 6, rows - len(lines))
    return Content("\n").join(line.truncate(width, ellipsis=True) for line in lines[:rows])


def low_rows(now: Guided) -> int:
    """The lines of the guide on a low page: two if two STOPs are open, so that both are named."""
    return 2 if sum(each.kind == STOP for each in now.shown) > 1 else 1


def _whole_thoughts(says: Sequence[str], width: int, rows: int) -> list[Content]:
    """What to say to the caller, as many whole lines as fit: half a thought misleads."""
    found: list[Content] = []
    for each in says:
        lines = Content(visible(each)).wrap(max(20, width))
        if len(found) + len(lines) > rows:
            break
        found += [Content.assemble("      ", line) for line in lines]
    return found


def hides_words(now: Guided, width: int) -> str:
    """The reasons not to tell, for a band of this width: whole reasons, and how many more there are; "" if
    there are none."""
    labels = [each.label for each in now.hides]
    for head in ("DO NOT DISCUSS WITH THE FAMILY YET", "DO NOT TELL THE FAMILY", "DO NOT TELL"):
        for shown in range(len(labels), 0, -1):
            rest = f"  +{len(labels) - shown}" if shown < len(labels) else ""
            words = f"{head}: {', '.join(labels[:shown])}{rest}"
            if len(words) <= width:
                return words
    return "DO NOT TELL" if labels else ""


def tells(now: Guided) -> list[Prompt]:
    """The prompts that tell the advisor something, if nothing else is open."""
    return [each for each in now.fired if each.kind == TELL]


def side(
    desk: Desk, sheet: Sheet, now: Guided, known_of: Callable[[Person], Content], *, closing: bool
) -> Content:
    """The panel beside the form: the children with what is known about each (``known_of``), the
    promises with their due times, what to ask next, and what is missing once half is typed or after a try
    to close (``closing``)."""
    store = desk.store
    on = to_local(from_text(sheet.received_at)).date()
    parts: list[str | Content | tuple[str, str]] = []
    for child in sheet.children:
        known = packed(person_words(child, store.pack, on).split(SEP), SIDE)
        parts += [(visible(child.name) + "\n", "bold"), *(f"{visible(each)}\n" for each in known)]
        parts.append(known_of(child))
    before = guidance_facts.earlier_words(store, desk.actor, sheet)
    if before:
        parts.append((f"{visible(before)}\n", "$warning"))
    if sheet.children and (since := standing.as_of(store)):
        parts.append((f"What is known here is {since}\n", "$warning"))
    if sheet.actions:
        parts.append(("\nAgreed\n" if parts else "Agreed\n", "bold"))
    for action in sheet.actions:
        who = f" ({action.who})" if action.who else ""
        parts.append(_hanging(store.pack.label("action", action.code) + who))
        due = due_of(action, store.hours)
        if due:
            closed = f", {due.closed}: who holds it until then?" if due.closed else ""
            words = due.words(store.now(), store.pack.at_once(action.code, action.due))
            parts.append((_hanging(f"  {words}{closed}"), "$warning"))
    still = [each for each in now.asked if state(sheet, each.code) == OPEN]
    if still:
        parts.append(("\nTo ask: Alt+S\n", "bold"))
        parts += [_hanging(each.asks) for each in still[:3]]
    if not closing and not half_typed(sheet, store.form):
        return Content.assemble(*parts)
    lacks = guidance_facts.missing(store, sheet, now)
    parts.append(("\nBefore it closes\n" if lacks else "\nReady to close: F2\n", "bold"))
    if not lacks and of_a_visit(sheet, store.pack):
        parts.append("  and on with the next child: Ctrl+G\n")
    parts += [_hanging(each.sentence) for each in lacks]
    return Content.assemble(*parts)


def half_typed(sheet: Sheet, form: Sequence[Field]) -> bool:
    """Whether half of the first page is filled, not counting what fills itself."""
    own = [
        each
        for each in form
        if not (each.walk or each.default or each.kind == "when" or each.key == "hours")
    ]
    typed = [
        each
        for each in own
        if form_input.text_of(sheet, each.key, form)
        or (each.kind in ("many", "actions", "child") and form_input.held_in(sheet, each.key))
    ]
    return 2 * len(typed) >= len(own)


def _hanging(sentence: str) -> str:
    """A sentence under a heading, with every line indented."""
    lines = Content(visible(sentence)).wrap(SIDE - 2)
    return "".join(f"  {str(line).rstrip()}\n" for line in lines)


def waiting_words(waiting: list[Draft], now: datetime) -> str:
    """How many other calls are waiting, and for how long the oldest: "2 parked, oldest 11 min"."""
    if not waiting:
        return ""
    since = min(from_text(each.sheet.parked_at or each.sheet.opened_at) for each in waiting)
    minutes = max(0, int((now - since).total_seconds() // 60))
    age = f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
    return f"{len(waiting)} parked, oldest {age}"
