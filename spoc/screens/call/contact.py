"""The call: a sheet that is saved as it is typed, parked and resumed, moved between calls, and closed."""

from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from textual.timer import Timer

from spoc.model.errors import Refusal
from spoc.model.forms.contact import Missing
from spoc.model.forms.kinds import hours_code
from spoc.model.forms.new_sheet import next_child
from spoc.model.forms.sheet import Response, children_words, move_person, with_action, with_value
from spoc.model.rules import recipients
from spoc.model.rules.guiding.guiding import OPEN, responded, same_facts, state
from spoc.model.values.instants import from_text, utc_text
from spoc.model.values.plain import visible
from spoc.screens.call.closed import closed_words
from spoc.screens.call.holders import HoldersScreen
from spoc.screens.call.prompt import PromptScreen
from spoc.screens.call.restricting import BESIDE
from spoc.screens.call.summary import not_closed_words, waiting_words
from spoc.screens.call.typing.autosave import Keeper, stays
from spoc.screens.contacts.readback import ReadBackScreen
from spoc.screens.desk.pages.going import GoingScreen
from spoc.storage.contacts import contacts, readback, visits
from spoc.storage.contacts.call import drafts, guidance_facts, sheets
from spoc.storage.contacts.call.drafts import Draft
from spoc.storage.desk import Desk
from spoc.storage.secrecy import restricted
from spoc.widgets.forms.line_input import settled
from spoc.widgets.pages.bindings import CALL, key
from spoc.widgets.pages.header import Header

RESTS = 0.3  # seconds without a key before the written words are read


class ContactScreen(HoldersScreen, GoingScreen[bytes | None]):
    """Takes a call. Dismissed with the contact's id once it is closed, or None if it was left."""

    call_running = True  # the idle lock waits longer
    BINDINGS = [
        key("f2", "close", "close", "Close it", "call.close", CALL),
        key("f9,escape", "park", "park", "Park it; the board shows it", "call.park", CALL),
        key("f8", "read_back", "read-back", "Read it back: what both sides record", "call.read-back", CALL),
        key("f7", "other", "other call", "Park it and go to the one parked last", "call.other", CALL),
        key("ctrl+n", "new_call", "new call", "Park it and start a new call", "call.new-call", CALL),
        key("f5", "move", "move to other call", "Move the child, or the caller, to the other call",
            "call.move", CALL),
        key("f6", "why", "why", "Show the prompts that fired, why, and answer them", "call.why", CALL),
        key("ctrl+o", "close_anyway", "close anyway", "Close it although something is missing, and say why",
            "call.close-anyway", CALL),
        key("ctrl+g", "next_child", "next child", "Close it and go on with the next child of this visit",
            "call.next-child", CALL),
        key("ctrl+b", "beside", "open contact beside", "Park it and begin an open contact for the same child",
            "call.beside", CALL),
        key("ctrl+r", "restrict", "restrict", "Restrict it: staff, a colleague's child, a refuge",
            "call.restrict", CALL, show=False),
    ]  # fmt: skip

    def __init__(self, desk: Desk, draft: Draft, text: str = "") -> None:
        super().__init__(desk, draft)
        self.said = text
        self.resumes = not text
        self.fresh = draft.sheet if not draft.saved_at else None
        self.others: list[Draft] = []
        self.closing = self.going_on = False
        self.was = ""  # the slot where closing began
        self.resting: Timer | None = None
        # How it closes once the only missing questions are met.
        self.finishing: Callable[[], Awaitable[None]] | None = None

    def on_mount(self) -> None:
        if self.sheet.parked_at:
            self.keeper.keep(replace(self.sheet, parked_at=""))
        draft = self.keeper.draft
        words = visits.words(self.desk.store, self.desk.actor, self.sheet, draft.id)
        if words:
            self.query_one(Header).place = words
        if self.said:
            self.say(self.said)
        self._look_round()
        self.set_interval(5, self._look_round)

    def _look_round(self) -> None:
        """Looks for other waiting calls."""
        waiting = drafts.waiting(self.desk.store, self.desk.actor)
        own = self.keeper.draft.id
        self.others = [each for each in waiting if each.id != own and not each.shut]

    @property
    def other(self) -> Draft:
        """The other call: the one parked last, to go to or to move somebody to."""
        return max(self.others, key=lambda each: each.sheet.parked_at or each.sheet.opened_at)

    def waiting_words(self) -> str:
        return waiting_words(self.others, self.desk.store.now())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys for two calls work only if there are two; no key works while the call closes."""
        if self.closing:
            return False
        if action in ("other", "move"):
            return bool(self.others)
        if action == "why":
            return bool(self.now.fired)
        if action == "close_anyway":
            return self.refused and not self.now.stops
        return super().check_action(action, parameters)

    # -- keeping ---------------------------------------------------------------------------------

    def on_keeper_saved(self, event: Keeper.Saved) -> None:
        if self.keeper.saved(event):
            self.say("Saved again; nothing is lost.")
        if not same_facts(self.looked_at, self.sheet):  # what was written may fire a prompt
            self._look_soon()
        self._tick()

    def _look_soon(self) -> None:
        """Works out the guidance once typing pauses; nothing is looked up while one types on."""
        if self.resting is not None:
            self.resting.stop()
        self.resting = self.set_timer(RESTS, self._look_again)

    def on_keeper_failed(self, event: Keeper.Failed) -> None:
        """Says so, and keeps trying: the sheet stays on the screen meanwhile."""
        if self.closing:
            self.closing = False
            self._go(self.was)
        self.keeper.not_saved()
        self.say(stays(event.why))
        self._tick()

    def on_unmount(self) -> None:
        """Sends what was typed to the store first, however the screen ends."""
        self.keeper.save()

    # -- reading it back ---------------------------------------------------------------------------

    async def action_read_back(self) -> None:
        """Shows the call as the text that both sides record."""
        await settled(self.focused)
        self._leave(self.slot)
        at = self.sheet.read_back_at or utc_text(self.desk.store.now())
        self.keeper.keep(replace(self.sheet, read_back_at=at))
        call = readback.of_sheet(self.desk, self.keeper.draft.id, self.sheet)
        self.app.push_screen(ReadBackScreen(self.desk, call))

    # -- closing ---------------------------------------------------------------------------------

    async def action_close(self) -> None:
        """Closes the contact, or says what it lacks and goes there."""
        await settled(self.focused)
        await self._finish(self._close(self.sheet.visit, self.action_close))

    async def action_next_child(self) -> None:
        """Closes the contact and begins the next child's: the same caller, the same visit."""
        await settled(self.focused)
        done = self._close(self.sheet.visit or self.keeper.draft.id.hex(), self.action_next_child)
        self.going_on = done is not None
        await self._finish(done)

    def _close(
        self, visit: str, again: Callable[[], Awaitable[None]] | None = None
    ) -> "Future[Any] | None":
        """Closes the contact; returns None if it lacks something, after saying what and going there.

        If only questions are missing, ``again`` closes it once they are met: one key each.
        """
        if self.closing:
            return None
        self.finishing = None
        lacks = self._missing()
        if lacks and not (self.sheet.closed_anyway and not lacks[0].stop):
            asked = self.desk.store.pack.guide.by_code
            alone = all(each.key in asked for each in lacks)
            self.say(not_closed_words(lacks, alone))
            self.refused = True
            self._show_guide()
            self.refresh_bindings()
            # A STOP is opened by its own key: keys typed on answer nothing.
            if lacks[0].key.startswith("actions."):
                self._to_lacking()
            elif not lacks[0].stop:
                self._to(lacks[0].key)
            self.finishing = again if alone else None
            return None
        if self.offers_beside() or self.asks_holder(again):
            return None
        self.closing, self.going_on, self.was = True, False, self.slot
        self.keeper.end()
        sheet = replace(self.sheet, visit=visit)
        try:
            return contacts.close(
                self.desk.store, self.desk.actor, self.keeper.draft, sheet, self.now
            )
        except Refusal as refused:
            self.on_keeper_failed(Keeper.Failed(str(refused)))
            return None

    def _missing(self) -> list[Missing]:
        """What the contact lacks, including what was typed last."""
        self._take(self.slot)
        if self.looked_at is not self.sheet:
            self._look_again()
        return guidance_facts.missing(self.desk.store, self.sheet, self.now)

    def _ask_on(self, code: str) -> None:
        """Goes on in the walk; if a close was only waiting for this answer, closes."""
        if self.finishing is None:
            super()._ask_on(code)
        else:
            self.app.call_next(self.finishing)

    def _go(self, slot: str) -> None:
        self.finishing = None
        super()._go(slot)

    async def action_close_anyway(self) -> None:
        """Closes it although something is missing: the reason is kept with the contact."""
        await settled(self.focused)
        lacks = self._missing()
        words = "What is missing: " + " ".join(each.sentence for each in lacks)
        self._ask_why("Close it anyway", words, self._anyway)

    def _anyway(self, why: str | None) -> None:
        if not why:
            return
        self.keeper.keep(replace(self.sheet, closed_anyway=why))
        self.app.call_next(self._finish, self._close(self.sheet.visit))

    # -- prompts ---------------------------------------------------------------------------------

    async def action_why(self) -> None:
        """Shows the prompts in full: why each fired, where it comes from, what was done."""
        await settled(self.focused)
        self._leave(self.slot)
        self._look_again()
        self._open_prompts()

    def _open_prompts(self) -> None:
        if self.now.fired:
            self.app.push_screen(PromptScreen(self.desk, self.sheet, self.now), self._met)

    def _met(self, met: tuple[str, Response | None] | None) -> None:
        """Takes an answered prompt: what was ticked as done becomes an action of the contact."""
        if met is None:
            return
        code, response = met
        if response is None:
            asks = self.desk.store.pack.guide.prompt_by_code[code].asks
            self._go(next(each for each in asks if state(self.sheet, each) == OPEN))
            return
        sheet = responded(self.sheet, code, response)
        pack, at = self.desk.store.pack, utc_text(self.desk.store.now())
        known = {each.code for each in sheet.actions}
        for action in response.done:
            if action not in known:
                sheet = with_action(sheet, pack.find("action", action) or action, at)
        self.keeper.keep(sheet)
        self.say("")  # what the STOP said no longer holds
        self._show_all()
        self.refresh_bindings()
        if self.now.stops:
            self._open_prompts()
        elif response.done:
            self._to_lacking()

    async def _finish(self, done: "Future[Any] | None") -> None:
        """Leaves the page once the contact is written."""
        if done is None:
            return
        if await self.written(done, self._contact_closed):
            self._contact_closed("")
        elif not done.done():
            self.set_focus(None)  # what is typed now would belong to nobody
            self.say("The contact is being closed: one moment.")

    def _contact_closed(self, error: str) -> None:
        """Goes on once the contact is in the ledger, or says why it is not (``error``)."""
        if error:
            self.on_keeper_failed(Keeper.Failed(error))
            return
        words = closed_words(self.desk, self.keeper.draft.id)
        if self.going_on:
            self.when_on_top(lambda: self._next_child(words))
        else:
            self.leave_word(self.keeper.draft.id, words)

    def _next_child(self, words: str) -> None:
        """Replaces this sheet with that of the visit's next child, which says that this one closed."""
        store, actor, done = self.desk.store, self.desk.actor, self.keeper.draft.id
        draft = new_draft(self.desk)
        caller = visits.caller_of(store, actor, done)
        sheet = next_child(self.sheet, draft.sheet, self.sheet.visit or done.hex(), caller)
        words = f"{words}   What was kept is marked “visit”."
        self.app.switch_screen(ContactScreen(self.desk, replace(draft, sheet=sheet), words))

    # -- two calls -------------------------------------------------------------------------------

    async def _park(self) -> bool:
        """Puts the call aside with its field, cursor and clock; an untouched sheet leaves nothing behind.

        If it is not safe on the disk, returns False and the page stays.
        """
        await settled(self.focused)
        self._keep_typed()
        if self.sheet == self.fresh:
            self.keeper.end()
            if self.keeper.version:
                drafts.discard(self.desk.store, self.keeper.draft)
            return True
        slot, cursor = self.place
        at = utc_text(self.desk.store.now())
        self.keeper.keep(replace(self.sheet, slot=slot, cursor=cursor, parked_at=at))
        why = await self.keeper.unsaved()
        if why:
            self.keeper.keep(replace(self.sheet, parked_at=""))
            self.say(why)
        return not why

    async def unwritten(self) -> str:
        """The parts of the call that leaving spoc would lose."""
        await settled(self.focused)
        self._keep_typed()
        return "" if self.sheet == self.fresh else await self.keeper.unsaved()

    async def action_park(self) -> None:
        """Parks the call and goes to the board."""
        if await self._park():
            self.dismiss(None)

    async def action_new_call(self) -> None:
        """Parks this call and takes another, without asking anything first."""
        if await self._park():
            self.app.switch_screen(ContactScreen(self.desk, new_draft(self.desk)))

    async def action_beside(self) -> None:
        """Parks this restricted call and begins an open contact for its children, with nothing else."""
        await settled(self.focused)
        self._leave(self.slot)
        draft = new_draft(self.desk)
        known = restricted.known(self.desk.store.reader, self.sheet)
        sheet = recipients.beside(self.sheet, draft.sheet, known)
        before = self.sheet
        self.keeper.keep(with_value(self.sheet, recipients.BESIDE, draft.id.hex()))
        if not await self._park():
            self.keeper.keep(before)
            return
        self.app.switch_screen(ContactScreen(self.desk, replace(draft, sheet=sheet), BESIDE))

    async def action_other(self) -> None:
        """Parks this call and goes to the one parked last: one key switches between them."""
        if await self._park():
            self._look_round()
        else:
            return
        if self.others:
            self.app.switch_screen(ContactScreen(self.desk, self.other))

    async def action_move(self) -> None:
        """Moves the child to the other call, or the caller if the cursor is there: recorded."""
        await settled(self.focused)
        self._take(self.slot)
        self._look_round()
        if not self.others:
            return
        other = self.other
        what = "caller" if self.slot == "caller" else "child"
        here, there, person = move_person(self.sheet, other.sheet, what)
        if person is None:
            self.say(f"There is no {what} here to move.")
            return
        self.keeper.keep(here)
        store, actor = self.desk.store, self.desk.actor
        done = sheets.move(
            store,
            actor,
            replace(self.keeper.draft, sheet=here),
            replace(other, sheet=there),
            what,
            person,
        )
        done.add_done_callback(lambda done: self.call_later(self._look_round))
        self._show_all()
        name = there.caller.name if what == "child" else children_words(there)
        self.say(
            f"{visible(person.name)} is moved to the other call ({visible(name) or 'no name yet'}). F7 goes there."
        )


def new_draft(desk: Desk) -> Draft:
    """A new sheet with what the form fills in by itself: the defaults, and whether it is in hours."""
    draft = drafts.new(desk.store, desk.actor)
    values = {field.key: field.default for field in desk.store.form if field.default}
    values["hours"] = hours_code(from_text(draft.sheet.opened_at), desk.store.hours)
    return replace(draft, sheet=replace(draft.sheet, values=values))
