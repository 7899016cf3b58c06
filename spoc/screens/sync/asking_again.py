"""Asking to be let in once more: a new invitation and its code, where the first did not count in time."""

from spoc.screens.desk.pages.asking import AskedLine, AskingScreen
from spoc.widgets.forms.paths import typed_path


class AskAgainScreen(AskingScreen):
    """Asks for a new invitation and its code. Dismissed with a word once this desk goes by them."""

    TITLE = "Ask again with a new invitation"
    WORKING = "reading it …"
    LINES = (
        AskedLine("file", "File", "The full path of the invitation. What was written here stays here, and is sent once "
             "this desk is let in.", "type the invitation's file", wide=True),
        AskedLine("code", "Code", "Seven groups of four, by voice or on paper", "type the code", wide=True),
    )  # fmt: skip

    def act(self, fields: dict[str, str]) -> str:
        from spoc.sync.joining import invitations, joining

        self.doubtful, file = "file", typed_path(fields["file"])
        invitations.read(file)
        self.doubtful = "code"
        joining.ask_again(self.desk, file, fields["code"])
        return "asked"
