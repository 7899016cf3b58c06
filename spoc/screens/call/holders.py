"""Promises that fall due while nobody is there: before the call closes, spoc asks who holds them until
then."""

from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace

from spoc.model.followups.followup import HOLDER_FORM, with_holder, without_holder
from spoc.model.forms.contact import due_of
from spoc.model.forms.sheet import Action
from spoc.screens.call.discarding import DiscardingScreen
from spoc.screens.contacts.record import RecordScreen


class HoldersScreen(DiscardingScreen):
    """A call that asks, once for each promise, who holds it while nobody is there."""

    asked_holder: frozenset[str] = frozenset()  # the promises already asked about

    def asks_holder(self, again: Callable[[], Awaitable[None]] | None) -> bool:
        """Whether it asks now; ``again`` closes the call once it is answered."""
        store = self.desk.store
        lacks = without_holder(self.sheet.actions, store.hours)
        fresh = [each for each in lacks if f"{each.code} {each.due}" not in self.asked_holder]
        if not fresh or again is None:
            return False
        self.asked_holder |= {f"{each.code} {each.due}" for each in fresh}
        what = "; ".join(self._due(each) for each in fresh)

        def write(fields: Mapping[str, str]) -> "Future[bool]":
            actions = with_holder(self.sheet.actions, fresh, fields)
            self.keeper.keep(replace(self.sheet, actions=actions))
            done: Future[bool] = Future()
            done.set_result(True)
            return done

        def answered(reply: bool | None) -> None:
            if reply:
                self.app.call_next(again)
            else:
                self._to_form()
                self.say(
                    "Not closed yet. Nobody is named to hold it. F2 closes anyway, and what is due will keep asking."
                )

        title = f"Due while nobody is here: {what}. Esc, then F2 closes the call without an answer."
        of = self.keeper.draft.id.hex()
        self.app.push_screen(RecordScreen(self.desk, title, HOLDER_FORM, write, of), answered)
        return True

    def _due(self, action: Action) -> str:
        """A promise and its time, in words."""
        store = self.desk.store
        due = due_of(action, store.hours)
        words = due.words(store.now(), store.pack.at_once(action.code, action.due)) if due else ""
        return f"{store.pack.label('action', action.code)} ({words})"
