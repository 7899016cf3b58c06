"""Leaving with unfinished calls: spoc says so first, and loses nothing."""

from textual import getters, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from spoc.model.errors import Refusal
from spoc.model.forms.sheet import children_words
from spoc.model.rules.access import may
from spoc.model.rules.clock import to_local
from spoc.model.values.dates import counted
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible
from spoc.screens.contacts.list_lines import when
from spoc.screens.desk.pages.staying import StayingApp
from spoc.storage.contacts.call import drafts, sheets
from spoc.storage.contacts.call.drafts import Draft
from spoc.storage.desk import Desk
from spoc.storage.desks import standing
from spoc.storage.followups import ringing
from spoc.storage.secrecy import form_drafts
from spoc.widgets.pages.bindings import DESK, key
from spoc.widgets.pages.keybar import KeyBar

SHOWN = 10  # lines of the card; see leaving.tcss


def promised(desk: Desk) -> int:
    """How many call-backs are still to ring here today: nobody hears them once spoc is closed."""
    now = desk.store.now()
    due = [from_text(each.at) for each in ringing.upcoming(desk.store, desk.actor)]
    return sum(at > now and to_local(at).date() == to_local(now).date() for at in due)


def unfinished(desk: Desk) -> list[Draft]:
    """The calls waiting at this desk; a restricted one waits for those who can open it."""
    if not may(desk.actor.role, "contact.log"):
        return []
    return [each for each in drafts.waiting(desk.store, desk.actor) if not each.shut]


def nothing_waits(desk: Desk) -> bool:
    """Whether spoc may be left without a message."""
    half = form_drafts.count(desk.store, desk.actor.id)
    return not (unfinished(desk) or promised(desk) or half or standing.not_shared(desk.store))


class LeaveScreen(ModalScreen[None]):
    """Asks before somebody leaves spoc with unclosed calls, a call-back still to ring, or unsaved words."""

    CSS_PATH = "leaving.tcss"
    app = getters.app(StayingApp)
    BINDINGS = [
        key(
            "l",
            "leave",
            "leave",
            "Leave spoc; the calls become open contacts",
            "leaving.leave",
            DESK,
        ),
        key("escape", "stay", "stay", "Go back to the desk", "leaving.stay", DESK),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def compose(self) -> ComposeResult:
        calls = unfinished(self.desk)
        lines = [self._words(each) for each in calls[: SHOWN if len(calls) <= SHOWN else SHOWN - 1]]
        if len(calls) > len(lines):
            lines.append(f"  and {len(calls) - len(lines)} more")
        parts = []
        if calls:
            parts.append(
                f"If you leave now, {'it' if len(calls) == 1 else 'each'} becomes an open contact with "
                "everything that was typed; any colleague can find it on the board and go on with it."
            )
        rings = promised(self.desk)
        if rings:
            parts.append(
                f"{counted(rings, 'call-back')} promised for today: nobody will hear it ring once you "
                "leave spoc. Hand it on, or lock spoc and leave it open."
            )
        half = form_drafts.count(self.desk.store, self.desk.actor.id)
        if half:
            parts.append(
                f"{counted(half, 'form')} half filled in: what you typed is kept, and is back when you open the same "
                "form again."
            )
        unsent = standing.not_shared(self.desk.store)
        if unsent:
            parts.append(
                f"{counted(unsent, 'contact')} closed here but not sent yet, and this computer may keep "
                "nothing. Stay, and sync: y, then s."
            )
        noun = "call is" if len(calls) == 1 else "calls are"
        title = "A call-back has not rung yet" if rings else "Something is not recorded yet"
        title = "Something is not sent yet" if unsent and not (rings or half) else title
        title = f"{len(calls)} {noun} not closed" if calls else title
        with Vertical(id="card"):
            yield Static(title, id="title", markup=False)
            yield Static(Content("\n".join(lines)), id="calls")
            yield Static(" ".join(parts), id="words", markup=False)
        yield KeyBar()

    def _words(self, call: Draft) -> str:
        """When a call came, who rang and about whom."""
        caller, about = call.sheet.caller.name, children_words(call.sheet)
        who = f"{caller} about {about}" if caller and about else caller or about
        today = to_local(self.desk.store.now()).date()
        at = when(call.sheet.opened_at, today)
        return visible(f"  {at}  {who or 'nobody is named yet'}")

    def action_leave(self) -> None:
        """Hands the calls on, then leaves."""
        self._hand_on()

    @work(thread=True, exclusive=True)
    def _hand_on(self) -> None:
        try:
            for done in sheets.hand_on(self.desk.store, self.desk.actor, unfinished(self.desk)):
                done.result()
        except Refusal as refused:
            self.app.call_from_thread(self.say, f"Not left: {refused}")
            return
        self.app.call_from_thread(self._go)

    def _go(self) -> None:
        self.dismiss(None)
        self.app.call_later(self.app.go)

    def say(self, sentence: str) -> None:
        self.query_one("#words", Static).update(Content(visible(sentence)))

    def action_stay(self) -> None:
        self.dismiss(None)
