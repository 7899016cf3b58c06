"""The calendar behind due times: hours, closure days and the recorded bank holidays; and the guidance pack
in force, with who adopted it; and the newest backup."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any, ClassVar

from spoc.model.forms.forms import Field
from spoc.model.rules.clock import shown_weekday, to_local
from spoc.model.values.dates import shown_day
from spoc.screens.contacts.labelled import LabelledScreen
from spoc.screens.contacts.page.page_lines import PageLine
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.desk.pages.going import Told
from spoc.screens.desk.pages.list_screen import list_keys
from spoc.storage.followups import calendar
from spoc.storage.service import adopting
from spoc.storage.upkeep.doctor import newest_backup
from spoc.widgets.pages.bindings import DESK, key

_AHEAD = 12  # bank holidays shown by name
_ASKED = {
    "hours.desk": ("The desk is there", "Mon-Fri 09:00-17:00; or none, for the pack's hours"),
    "hours.csc": ("Social care is there", "Mon-Fri 08:30-17:00; or none, for the pack's hours"),
    "closures": ("Closure days", "All of them, as dates: 24/12/26 31/12/26; or none"),
}


class CalendarScreen(LabelledScreen):
    """Shows the calendar; a change takes effect at once, and moves open due times."""

    BINDINGS = [
        key("d", "set('hours.desk')", "desk hours", "Say when the desk is there", "calendar.desk", DESK),
        key("s", "set('hours.csc')", "social care", "Say when social care is there", "calendar.csc", DESK),
        key("c", "set('closures')", "closures", "Say on which days the service is closed", "calendar.closures", DESK),
        key("b", "back_up", "back up now", "Make a backup now, where the daily ones are kept", "calendar.back-up", DESK),
        *list_keys("calendar"),
    ]  # fmt: skip
    PLACE = "Calendar"
    NEEDS: ClassVar = {"set": "desk.setup", "back_up": "store.backup"}
    LABEL = 22

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.allows(action)

    def read(self) -> None:
        self.take(list(self._lines()))

    def _lines(self) -> Iterator[PageLine]:
        store = self.desk.store
        today = to_local(store.now()).date()
        for key_, (label, _) in _ASKED.items():
            if key_ == "closures":
                continue
            body = key_.partition(".")[2]
            own = store.settings.get(key_)
            yield PageLine(label, own or f"{store.pack.hours[body]} (as in the pack)", "bold")
        closures = sorted(day for day in store.hours.closures if day >= today)
        yield PageLine("", "")
        yield PageLine(
            "Closure days", ", ".join(map(shown_weekday, closures)) or "none to come", "bold"
        )
        yield PageLine(
            "",
            "They move only the desk's own tasks. Social care and the law go by England's bank holidays alone.",
        )
        yield PageLine("", "")
        pack, who = adopting.who(store)
        yield PageLine("Guidance", pack)
        yield PageLine("", who)
        yield PageLine("", "")
        yield PageLine("Newest backup", newest_backup(self.desk.folder, store.now()).value)
        yield PageLine("", "")
        ahead = sorted(day for day in store.hours.bank_holidays if day >= today)[:_AHEAD]
        for place, day in enumerate(ahead):
            yield PageLine("" if place else "Bank holidays", shown_weekday(day))
        last = shown_day(store.hours.known_until)
        yield PageLine(
            "", f"Recorded to {last}. Working days after that are not known, and spoc says so."
        )

    def action_back_up(self) -> None:
        """Begins a backup; the page says when it is made."""
        self.say("A backup is being made …")
        self.app.back_up()  # type: ignore[attr-defined]

    def on_told(self, event: Told) -> None:
        self.read()

    def action_set(self, name: str) -> None:
        """Asks for a new value of one of them."""
        title, hint = _ASKED[name]
        if own := self.desk.store.settings.get(name):
            hint = f"{hint}. Now: {own}"
        form = (Field("value", title, "text", row=1, hint=hint, needed="write it, or none"),)
        write = partial(self._write, name)
        self.app.push_screen(RecordScreen(self.desk, title, form, write))

    def _write(self, name: str, fields: Mapping[str, str]) -> "Future[Any]":
        """Sets it, and says how many due times it moved."""
        _, moved = calendar.change(self.desk.store, self.desk.actor, name, fields["value"])
        self.say(f"In force. {calendar.moved_words(self.desk.actor.role, moved)}")
        done: Future[Any] = Future()
        done.set_result(None)
        return done
