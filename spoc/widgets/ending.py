"""Ending the app once: keys typed after leaving do nothing."""

from typing import Any

from textual import events
from textual.app import App


class EndingApp(App[Any]):
    """The part of the app that ignores keys after leaving, when no screen is there to take them."""

    ended = False

    def exit(self, *args: Any, **value: Any) -> None:
        """Leaves."""
        self.ended = True
        super().exit(*args, **value)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.InputEvent) and (self.ended or not self.screen_stack):
            return
        await super().on_event(event)
