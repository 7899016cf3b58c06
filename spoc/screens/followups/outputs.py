"""The unencrypted files that this desk wrote, and the key that deletes one."""

from spoc.model.errors import Refusal
from spoc.model.rules.clock import shown_instant
from spoc.screens.desk.pages.list_screen import ListColumn, ListScreen, list_keys
from spoc.storage.service import outputs
from spoc.storage.service.outputs import Output
from spoc.widgets.pages.bindings import LIST, key


class OutputsScreen(ListScreen[None, Output]):
    """Lists the files in the folder of outputs, latest first."""

    BINDINGS = [
        key("x", "delete", "delete", "Delete the marked file; recorded", "outputs.delete", LIST),
        *list_keys("outputs"),
    ]
    PLACE = "Unencrypted files"
    COLUMNS = (ListColumn("Written", 24), ListColumn("File", share=70), ListColumn("Size"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "delete" or self.item is not None

    def query_items(self) -> list[Output]:
        return outputs.listed(self.desk)

    def above(self) -> str:
        folder, many = self.desk.folder / outputs.FOLDER, len(self.rows.items)
        return f"{many} in {folder}" if many else ""

    def empty(self) -> str:
        return f"None. They would be in {self.desk.folder / outputs.FOLDER}"

    def cells(self, item: Output) -> tuple[str, ...]:
        return shown_instant(item.at), item.path.name, f"{item.size / 1000:.1f} kB"

    def action_delete(self) -> None:
        if self.item is None:
            return
        try:
            outputs.delete(self.desk, self.item)
            text = f"Deleted: {self.item.path.name}"
        except Refusal as refused:
            text = str(refused)
        self.say(text)
        self.read()
