"""Keys that only some roles have. To anybody else a page says who has them; the footer does not show them."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from textual import events
from textual.screen import Screen, ScreenResultType

from spoc.model.rules.access import may, who_may
from spoc.storage.desk import Desk
from spoc.widgets.pages.bindings import bound


class ByRoleScreen(Screen[ScreenResultType]):
    """A page whose NEEDS name the command (of the table of roles) that a key takes, by the key's action."""

    NEEDS: ClassVar[Mapping[str, str]] = {}
    desk: Desk

    @abstractmethod
    def say(self, sentence: str) -> None:
        """Shows a sentence on the page."""

    def allows(self, action: str) -> bool:
        """Whether the role may do what a key does, for ``check_action``."""
        return action not in self.NEEDS or may(self.desk.actor.role, self.NEEDS[action])

    def on_key(self, event: events.Key) -> None:
        """Says who may, for a key that did nothing because of the role."""
        for each in bound(self, event.key):
            action = each.action.partition("(")[0]
            if not self.allows(action):
                self.say(who_may(self.NEEDS[action]))
                return
