"""The part of the app that watches due times: it counts them for every header, and rings for call-backs."""

import time
from abc import abstractmethod
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from textual import work
from textual.widgets import Static

from spoc.screens.help.helping import HelpingApp
from spoc.widgets.pages.header import Header

if TYPE_CHECKING:
    from spoc.model.idle import Idle
    from spoc.model.rules.clock import Hours
    from spoc.model.rules.steady import Steady
    from spoc.storage.desk import Desk
    from spoc.storage.followups.ringing import Ring
    from spoc.storage.store import Store


_SOON = timedelta(hours=1)  # later ones are read in one of the next minutes


class RingLine(Static):
    """The line that says that a call-back is due. It takes no key, and is between the header and the page;
    over a card, which has no header, it is at the top."""

    DEFAULT_CSS = """
    RingLine {
        width: 100%; height: 1; padding: 0 1;
        background: $warning; color: $background; text-style: bold; text-align: center;
    }
    RingLine.-over { overlay: screen; position: absolute; offset: 0 1; }
    """


def since_boot() -> float:
    """Seconds that nobody can set, including the computer's sleep if the system counts it."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(boot) if boot is not None else time.monotonic()


class MindingApp(HelpingApp):
    """Counts what is due once a minute or when something was written, and rings once for each call-back.

    During a call every letter is written too, so what is due is then counted only once a minute.
    """

    clock_note = ""
    notices: tuple[str, ...] = ()  # the text of every header
    idle: "Idle"
    steady: "Steady | None" = None
    _hours: "Hours | None" = None
    _counted: tuple[int, datetime] | None = None
    _minded: tuple[tuple[int, datetime] | None, datetime] | None = None
    _upcoming: "tuple[Ring, ...]" = ()
    _rings: "tuple[Ring, ...]" = ()

    @property
    @abstractmethod
    def on_call(self) -> bool:
        """Whether any screen is taking a call."""

    def on_mount(self) -> None:
        """Textual calls each class's own."""
        self._seconds = self.set_interval(1, self.mind)

    def count_due(self) -> None:
        """Counts again, if anything may have changed, and shows it on the page."""
        if self.desk is None or not self.screen_stack:
            return
        from spoc.screens.desk.notices import notices

        store = self.desk.store
        minute = store.now().replace(second=0, microsecond=0)
        if self.on_call and self._counted and self._counted[1] == minute:
            return
        stamp = (store.changes(), minute)
        if stamp == self._counted:
            return
        self._counted = stamp
        parts = notices(self.desk)
        if parts != self.notices:
            self.notices = parts
            for header in self.screen.query(Header):
                header.refresh()

    def _mind_calendar(self, desk: "Desk") -> None:
        """If hours or closures changed, here or at another desk, recalculates open due times."""
        from spoc.model.rules.access import may
        from spoc.storage.service import settings

        settings.take(desk.store)
        if desk.store.hours != self._hours and may(desk.actor.role, "followup.act"):
            self._hours = desk.store.hours
            self._work_out_again(desk)

    @work(thread=True, exclusive=True, group="calendar")
    def _work_out_again(self, desk: "Desk") -> None:
        from spoc.storage.followups import calendar

        calendar.work_out_again(desk.store, desk.actor)

    def mind(self) -> None:
        """Once a second: what is due, and what rings."""
        if self.desk is not None and self.screen_stack:
            self._mind_clock(self.desk)
            self.count_due()
            known = self._now(self.desk.store).replace(second=0, microsecond=0)
            if (self._counted, known) != self._minded:  # a page that appears waits for neither
                self._minded = (self._counted, known)
                self._mind_rings(self.desk)
                if not self.on_call:
                    self._mind_calendar(self.desk)
            self._ring(self.desk.store)

    def _mind_rings(self, desk: "Desk") -> None:
        from spoc.model.rules.access import may
        from spoc.storage.followups import ringing

        if may(desk.actor.role, "followup.list"):
            until = max(desk.store.now(), self._now(desk.store)) + _SOON
            self._upcoming = ringing.upcoming(desk.store, desk.actor, until)

    def _mind_clock(self, desk: "Desk") -> None:
        """Notices a changed clock, says so on the board and records it."""
        from spoc.model.rules.steady import Steady
        from spoc.storage.followups import ringing

        wall, ticks = desk.store.now(), self.idle.ticks()
        if self.steady is None:
            self.steady = Steady(desk.store.pack.limits)
            change = self.steady.begin(wall, ticks, ringing.last_written(desk.store))
        else:
            change = self.steady.look(wall, ticks)
        if change is not None:
            self.clock_note = change.words()
            ringing.record_change(desk.store, desk.actor, change)

    def trust_clock(self) -> None:
        """Accepts the clock as it is, because somebody says so; recorded."""
        from spoc.storage.followups import ringing

        if self.desk is not None and self.steady is not None:
            self.steady.trust(self.desk.store.now(), self.idle.ticks())
            self.clock_note = ""
            ringing.record_trust(self.desk.store, self.desk.actor)

    def _now(self, store: "Store") -> datetime:
        """The known time: call-backs ring by it, whatever the computer's clock is set to."""
        return self.steady.now(store.now(), self.idle.ticks()) if self.steady else store.now()

    def forget_due(self) -> None:
        """Forgets the counts, because somebody else takes the desk; their board comes first."""
        self._seconds.reset()
        self._counted, self.notices, self._rings, self._upcoming = None, (), (), ()
        self._minded = None
        self.steady, self.clock_note, self._hours = None, "", None

    def _ring(self, store: "Store") -> None:
        from spoc.storage.followups import ringing

        fresh = ringing.fresh(store, self._upcoming, self._now(store)) if self._upcoming else ()
        if fresh:
            ringing.rung(store, fresh)
            self._rings = (*self._rings, *fresh)
            self.bell()  # once, however many were missed while the computer slept
        if self._rings:  # one that was ended, here or elsewhere, or put off, no longer rings
            self._rings = tuple(each for each in self._rings if each in self._upcoming)
        self._show_rings()

    def _show_rings(self) -> None:
        """Shows it on any page, including the lock: never whom it is about."""
        screen = self.screen
        lines = screen.query(RingLine)
        if not self._rings or self.desk is None:
            for line in lines:
                line.remove()
            return
        from spoc.storage.followups.ringing import words

        text = words(self._rings, self._now(self.desk.store), locked=self.locked)
        if lines:
            lines.first(RingLine).update(text)
        else:
            headers = [each for each in screen.query(Header) if each.parent is screen]
            line = RingLine(text, markup=False, classes="" if headers else "-over")
            if headers:
                screen.mount(line, after=headers[0])
            else:
                screen.mount(line)

    def silence(self) -> None:
        """Silences what rang, because the person here has seen it."""
        self._rings = ()
        if self.screen_stack:
            self._show_rings()
