"""What CONTRIBUTING says a maintainer adds takes the files it names, and no more: done in a copy of the program."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

pytestmark = pytest.mark.long

# Each file, and what is put before a line of it ("" makes the file).
FIELD = {
    "model/forms/forms.py": (
        '    Field("record_system"',
        '    Field("toolkit", "Toolkit", "code", "toolkit", row=10),\n',
    ),
    "guidance/generic/toolkit.toml": (
        "",
        'gcp2 = { label = "Graded care profile", short = ["gp"], source = "004" }\n',
    ),
}
PROMPT = {
    "guidance/generic/conditions.toml": ("pregnancy = ", 'on-a-ward = "where_now is ward"\n'),
    "guidance/generic/prompts.toml": (
        "[T31]",
        '[X1]\nkind = "tell"\ntitle = "On a ward"\nwhen = "named-concern and on-a-ward"\n'
        'says = ["Please tell the nurse in charge."]\n'
        'tells = ["Nurse in charge to be told."]\nsources = ["004"]\n\n',
    ),
}
KIND = {
    "model/ledger/records.py": (
        '        _table(\n            "answer",',
        '        _table("body_map", Column("contact", "ref", indexed=True), Column("at", "instant"),\n'
        '               Column("place", label="Body map"), _SEALED, owner="contact",\n'
        '               listed="body_maps", when="at", tells=("place",)),\n',
    ),
    "storage/contacts/body_maps.py": (
        "",
        '''"""Body maps: where each was filed."""

from concurrent.futures import Future
from dataclasses import dataclass

from spoc.model.ledger.entry import Actor, Command
from spoc.model.rules.access import require
from spoc.model.values.instants import utc_text
from spoc.storage.ledger import append
from spoc.storage.secrecy import sealed_acts
from spoc.storage.store import Store


@dataclass(frozen=True)
class BodyMap:
    at: str
    place: str


def add(store: Store, actor: Actor, contact: bytes, place: str) -> "Future[append.WrittenAct]":
    require(actor.role, "contact.amend")
    now = store.now()
    fields = {"contact": contact.hex(), "at": utc_text(now), "place": place}
    command = Command("body_map", append.new_id(now), fields)
    return store.submit(lambda db: sealed_acts.append(store, db, actor, contact, [command]))


def listed(store: Store, actor: Actor) -> list[BodyMap]:
    require(actor.role, "contact.search")
    found = store.reader.conn.execute(
        "SELECT at, place FROM body_map WHERE _void = 0 AND sealed IS NULL ORDER BY _hlc, id"
    )
    return [BodyMap(*each) for each in found]
''',
    ),
    "screens/contacts/body_maps.py": (
        "",
        '''"""The body maps, the first filed first."""

from spoc.screens.desk.pages.list_screen import ListColumn, ListScreen, list_keys
from spoc.storage.contacts import body_maps
from spoc.storage.contacts.body_maps import BodyMap


class BodyMapsScreen(ListScreen[None, BodyMap]):
    BINDINGS = [*list_keys("body-maps")]
    PLACE = "Body maps"
    COLUMNS = (ListColumn("When", 26), ListColumn("Filed"))
    EMPTY = "None."

    def query_items(self) -> list[BodyMap]:
        return body_maps.listed(self.desk.store, self.desk.actor)

    def cells(self, item: BodyMap) -> tuple[str, ...]:
        return item.at, item.place
''',
    ),
    "screens/contacts/page/contact_page.py": (
        '        *arrows("page"),',
        '        key("v", "body_maps", "body maps", "Show the body maps", "page.body-maps", CONTACT),\n',
    ),
}
OPENS = """
    def action_body_maps(self) -> None:
        from spoc.screens.contacts.body_maps import BodyMapsScreen

        self.app.push_screen(BodyMapsScreen(self.desk))
"""


def changed(folder: Path, files: Mapping[str, tuple[str, str]]) -> None:
    """Copy the program into a folder, and change these files of it."""
    for part in ("spoc", "bench"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name, (line, added) in files.items():
        file = folder / "spoc" / name
        if not line:
            assert not file.exists()
            file.write_text(added, "utf-8")
            continue
        before, found, after = file.read_text("utf-8").partition(line)
        assert found, name
        file.write_text(before + added + found + after, "utf-8")


def run(script: str, folder: Path) -> list[str]:
    """What a script of this folder says of the copy."""
    paths = os.pathsep.join([str(folder), str(ROOT / "tests")])
    done = subprocess.run(
        [sys.executable, str(HERE / script), str(folder)],
        env={**os.environ, "PYTHONPATH": paths}, cwd=folder, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_new_coded_field_is_a_line_of_the_form_and_a_list(tmp_path: Path) -> None:
    changed(tmp_path, FIELD)
    assert run("one_more_field.py", tmp_path) == ["screen", "store", "search", "page"]


def test_a_prompt_with_a_condition_of_its_own_is_a_table_and_a_line(tmp_path: Path) -> None:
    changed(tmp_path, PROMPT)
    assert run("one_more_prompt.py", tmp_path) == ["fires", "elsewhere-not", "read-back"]


def test_a_kind_of_record_with_a_list_is_four_files(tmp_path: Path) -> None:
    changed(tmp_path, KIND)
    page = tmp_path / "spoc" / "screens" / "contacts" / "page" / "contact_page.py"
    page.write_text(page.read_text("utf-8") + OPENS, "utf-8")
    said = run("one_more_kind.py", tmp_path)
    assert said == ["store", "signed", "search", "page", "json", "list", "restricted"]
