"""One request to social care: its steps, its clocks, its chases, what to say, and a key for each step."""

from collections.abc import Iterator
from functools import partial

from spoc.model.errors import Refusal
from spoc.model.followups.followup import KEPT, LATE, OPEN, FollowUp, moved_words
from spoc.model.followups.request_steps import STEPS
from spoc.model.followups.request_words import chase_script, step_lines
from spoc.model.rules.access import may
from spoc.model.rules.clock import shown_instant
from spoc.model.values.instants import from_text
from spoc.model.values.plain import visible
from spoc.screens.contacts.labelled import LabelledScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.contacts.page.page_lines import PageLine
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.desk.pages.list_screen import list_keys
from spoc.screens.followups.lines import brief
from spoc.storage.desk import Desk
from spoc.storage.followups import requests
from spoc.storage.followups.requests import Request
from spoc.widgets.pages.bindings import CONTACT, key
from spoc.widgets.pages.header import Header
from spoc.widgets.pages.screens import when_written

_VERDICT = {OPEN: "open", KEPT: "kept", LATE: "LATE", "not-done": "not done", "stopped": "stopped"}


class RequestPage(LabelledScreen):
    """Shows one request. Each key fills in one step, and meets only that step's clock."""

    BINDINGS = [
        key("p", "step('asked')", "rung", "Social care was rung: who answered, what they said", "request.asked", CONTACT),
        key("t", "step('written')", "written", "The written referral was sent", "request.written", CONTACT),
        key("v", "step('arrived')", "arrived", "Its arrival is confirmed", "request.arrived", CONTACT),
        key("y", "step('copied')", "copy", "A copy was sent", "request.copied", CONTACT),
        key("k", "step('acknowledged')", "acknowledged", "Social care acknowledged it", "request.acknowledged", CONTACT),
        key("d", "step('decided')", "decision", "Social care decided", "request.decided", CONTACT),
        key("g", "step('decided-again')", "later decision", "The decision after a disagreement", "request.decided-again", CONTACT),
        key("s", "step('chased')", "chase", "Social care was rung for an answer", "request.chased", CONTACT),
        key("r", "step('referrer')", "referrer", "Name the one person who referred", "request.referrer", CONTACT),
        key("x", "close", "close", "Close the request", "request.close", CONTACT),
        key("enter", "contact", "contact", "Open its contact", "request.contact", CONTACT),
        *list_keys("request"),
    ]  # fmt: skip
    PLACE = "Request to social care"
    LABEL = 18

    def __init__(self, desk: Desk, contact: bytes) -> None:
        super().__init__(desk)
        self.contact = contact
        self.request: Request | None = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Steps need an open request and the role for them; a later decision needs a first."""
        if action not in ("step", "close"):
            return True
        if self.request is None or not self.request.open:
            return False
        fields, step = self.request.fields, str(parameters[0]) if parameters else ""
        if (step == "decided" and fields["decision"]) or (
            step == "decided-again" and not fields["decision"]
        ):
            return False
        return may(self.desk.actor.role, "followup.act")

    def read(self) -> None:
        store, actor = self.desk.store, self.desk.actor
        try:
            self.request = requests.of_contact(store, actor, self.contact)
        except Refusal as refused:
            self.say(str(refused))
        if self.request is None:
            self.take([PageLine("", "This contact made no request to social care.")])
            return
        self.query_one(Header).about = visible(" · ".join(self.request.children))
        self.query_one(Header).state = "" if self.request.open else "closed"
        self.take(list(self._lines(self.request)))

    def _lines(self, request: Request) -> Iterator[PageLine]:
        pack, now = self.desk.store.pack, self.desk.store.now()
        for label, text in step_lines(request.fields, request.copies, pack):
            yield PageLine(label, text, "" if text != "not yet" else "$dim")
        for name in request.disputed:
            yield PageLine("", f"Two desks differ on: {name.replace('_', ' ')}", "bold $warning")
        yield PageLine("", "")
        for place, clock in enumerate(request.clocks):
            yield PageLine("" if place else "Clocks", self._clock(clock), self._style(clock))
        yield PageLine("", "")
        for place, chase in enumerate(request.chases):
            text = f"{shown_instant(from_text(chase.at))}  {chase.spoken_to}: {chase.said}"
            yield PageLine("" if place else "Chased", text)
        decision = next(
            (
                each.due_at
                for each in request.clocks
                if each.due_at and "decision" in self._kind(each)
            ),
            "",
        )
        if request.open and not request.fields["decision"]:
            yield PageLine(
                "Say when you chase",
                chase_script(
                    request.fields,
                    request.children,
                    name=self.desk.actor.name,
                    desk=self.desk.name,
                    due=decision if decision and from_text(decision) < now else "",
                ),
            )

    def _kind(self, clock: FollowUp) -> str:
        found = self.desk.store.pack.find("action", clock.code)
        return found.clock if found else ""

    def _clock(self, clock: FollowUp) -> str:
        """A clock as a line: what, when it started, when it is due, its state."""
        now, pack = self.desk.store.now(), self.desk.store.pack
        verdict = clock.verdict(now)
        due = shown_instant(from_text(clock.due_at)) if clock.due_at else "not known"
        ended = f", {shown_instant(from_text(clock.ended_at))}" if clock.ended_at else ""
        moved = moved_words(clock)
        word = _VERDICT.get(verdict, verdict)
        open_late = " and open" if verdict == LATE and not clock.ended else ""
        return (
            f"{word}{open_late}{ended}: {brief(pack, clock.code)}, from {shown_instant(from_text(clock.at))}, due {due}"
            + (f" ({moved})" if moved else "")
        )

    def _style(self, clock: FollowUp) -> str:
        if clock.ended:
            return "$dim"
        return "bold $error-words" if clock.verdict(self.desk.store.now()) == LATE else "bold"

    # -- keys --------------------------------------------------------------------------------------

    def action_step(self, name: str) -> None:
        """Asks for the details of one step."""
        request, step = self.request, STEPS[name]
        if request is None:
            return
        self.say("")
        write = partial(requests.tell, self.desk.store, self.desk.actor, request, name)
        self.app.push_screen(
            RecordScreen(self.desk, step.title, step.form, write, self.contact.hex())
        )

    def action_close(self) -> None:
        request = self.request
        if request is None:
            return

        def closed(error: str) -> None:
            self.say(error)
            self.read()

        store, actor = self.desk.store, self.desk.actor
        when_written(self, lambda: requests.close(store, actor, request), closed)

    def action_contact(self) -> None:
        self.app.push_screen(ContactPage(self.desk, self.contact))
