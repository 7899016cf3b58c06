"""A form that writes one act: it closes once the act is written, or says why it is not."""

from dataclasses import dataclass

from textual.message import Message

from spoc.screens.desk.pages.going import GoingScreen
from spoc.screens.desk.pages.holding import HoldingScreen
from spoc.widgets.forms.line_input import settled
from spoc.widgets.pages.screens import MessageScreen


class WritingScreen(MessageScreen[bool], GoingScreen[bool], HoldingScreen[bool]):
    """Dismissed with True once its act is in the ledger."""

    writing = False

    @dataclass
    class Done(Message):
        """The act is written, or ``why`` says why not."""

        why: str = ""

    def on_writing_screen_done(self, event: Done) -> None:
        self.writing = False
        if event.why:
            self.say(event.why)
        else:
            self.dismiss(True)

    async def action_cancel(self) -> None:
        """Leaves; if something is typed, only when asked twice."""
        await settled(self.focused)
        if not self.writing and self.leaves():
            self.dismiss(False)
