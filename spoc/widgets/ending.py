"""An app that ends once: what is typed after leaving goes nowhere."""

from typing import Any

from textual import events
from textual.app import App


class EndingApp(App[Any]):
    """Accepts no key after leaving, or when the last screen is gone: nobody is there to take it."""

    ended = False

    def exit(self, *args: Any, **value: Any) -> None:
        """Leave."""
        self.ended = True
        super().exit(*args, **value)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.InputEvent) and (self.ended or not self.screen_stack):
            return
        await super().on_event(event)
