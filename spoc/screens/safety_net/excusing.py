"""Reasons on the worklist: why a list is missing, short or has a gap; why a case was not reviewed in time."""

from asyncio import wrap_future

from spoc.model.attendance.coverage import Day
from spoc.model.errors import Refusal
from spoc.model.values.dates import counted
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.desk.pages.list_screen import LinesScreen
from spoc.screens.safety_net import lines
from spoc.storage.attendances import coverage, listing, reviewing
from spoc.storage.attendances.listing import WorklistRow


class ExcusingScreen(LinesScreen[None, WorklistRow]):
    """The keys that ask for a reason."""

    days: list[Day]

    def action_explain(self) -> None:
        """Records why the first alarm is there; the reason replaces it."""
        day = next((each for each in self.days if each.alarms), None)
        if day is None:
            self.say(lines.coverage_words(self.days) or "No list has come in yet: i brings one in.")
            return

        async def with_reason(why: str | None) -> None:
            if why:
                closed = why.casefold().startswith("closed")
                try:
                    await wrap_future(
                        coverage.explain(
                            self.desk.store, self.desk.actor, day.site, day.day, why, closed=closed
                        )
                    )
                except Refusal as refused:
                    self.say(f"{refused} The reason was: {why}")
                    return
                self.read()

        words = "Because (begin with “closed” where the department was closed that day):"
        self.app.push_screen(
            ReasonScreen(self.desk, f"{day.site}: {day.alarms[0]}", words, str(day.day)),
            with_reason,
        )

    def action_late(self) -> None:
        """Records why the marked case, and others of its department and day, were not reviewed in time."""
        line = self.item
        store, actor = self.desk.store, self.desk.actor
        if line is None or line.arrived >= str(listing.late_before(store)):
            self.say("This case is still in time. / late shows those that are not.")
            return

        async def with_reason(why: str | None) -> None:
            if why:
                try:
                    many = await wrap_future(reviewing.say_why_late(store, actor, line.id, why))
                except Refusal as refused:
                    self.say(f"{refused} The reason was: {why}")
                    return
                self.read()
                self.say(f"The reason now applies to {counted(many, 'case')} of that day.")

        words = "Because (kept with every late case of that department and day):"
        card = ReasonScreen(self.desk, "Not reviewed in time", words, line.id.hex())
        self.app.push_screen(card, with_reason)
