"""A form that writes one act: it closes once the act is written, or says why it is not."""

from spoc.screens.desk.pages.going import GoingScreen
from spoc.screens.desk.pages.holding import HoldingScreen
from spoc.widgets.forms.line_input import settled


class WritingScreen(GoingScreen[bool], HoldingScreen[bool]):
    """Dismissed with True once its act is in the ledger."""

    writing = False

    def act_written(self, error: str) -> None:
        """Leaves once the act is written, or says why it is not (``error``)."""
        self.writing = False
        if error:
            self.say(error)
        else:
            self.dismiss(True)

    async def action_cancel(self) -> None:
        """Leaves; if something is typed, only when asked twice."""
        await settled(self.focused)
        if not self.writing and self.leaves():
            self.dismiss(False)
