"""Every page as a picture, at both sizes and in every theme; and whether each can be read."""

import re
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_textual_snapshot import SVGImageExtension
from rich.color import Color
from samples import ADVISOR, Clock
from screens.contrast import ratio, unreadable
from screens.every_page import pages_before_the_desk, pages_of_the_desk
from screens.every_screen import left_out
from seated import Seated
from syrupy.assertion import SnapshotAssertion
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex
from textual.filter import Monochrome
from textual.pilot import Pilot

from spoc.app import SpocApp
from spoc.model.documents.readback.readback_words import Call
from spoc.screens.contacts import matter
from spoc.screens.contacts.page import contact_page
from spoc.storage.desk import Desk
from spoc.storage.store import Store

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*Can not relate snapshot name"),
    pytest.mark.usefixtures("painted"),
]

STYLES = Path(__file__).resolve().parents[2] / "spoc" / "screens"
SMALL, WIDE = (80, 24), (120, 36)
# The screens that no picture here shows, and by what they are looked at.
_CHARTS = "has its own in screens/test_activity_pictures.py"
_SUPPLIED = "its lines are read in screens/test_activity.py"
_PROMISES = "its lines are read in screens/test_what_is_due.py and screens/test_handing_over.py"
_LISTS = "its lines are read in screens/test_safety_net.py and journeys/test_morning_list.py"
_CHILD = "its lines are read in journeys/test_a_child.py"
_SYNC = "its pictures are in sync/test_sync_pictures.py"
_RIGHT = "a card as that of an amendment, which has one; screens/test_putting_right.py reads it"
WITHOUT_PICTURE = {
    "SuppliedScreen": _SUPPLIED,
    **dict.fromkeys(("BehindScreen", "ChartScreen", "DashboardScreen", "MarkScreen"), _CHARTS),
    **dict.fromkeys(
        (
            "FollowUpsScreen",
            "RequestsScreen",
            "RequestPage",
            "HandoverScreen",
            "OutputsScreen",
            "UnbornScreen",
            "CalendarScreen",
        ),
        _PROMISES,
    ),
    **dict.fromkeys(
        (
            "AttachScreen",
            "BringInScreen",
            "LetterScreen",
            "MappingScreen",
            "PasteScreen",
            "ReviewPage",
            "SetAsideScreen",
            "TellScreen",
            "WorklistScreen",
        ),
        _LISTS,
    ),
    **dict.fromkeys(
        ("ChildPage", "ChildrenScreen", "LinkScreen", "LookedScreen", "WhyScreen"), _CHILD
    ),
    "MemberScreen": "a form as others, which have one; screens/test_household.py reads it",
    **dict.fromkeys(
        (
            "ConflictsScreen",
            "InviteScreen",
            "InvitedScreen",
            "PlaceScreen",
            "SyncScreen",
            "UncountedScreen",
        ),
        _SYNC,
    ),
    "AskAgainScreen": "a card as that of the place, which has one",
    "LastSyncScreen": "the card of leaving with another text, which has one",
    **dict.fromkeys(
        ("SomebodyElseScreen", "NameChildScreen", "WhoseScreen", "OpeningScreen"), _RIGHT
    ),
    **dict.fromkeys(
        ("ChangePassphraseScreen", "FirstPassphraseScreen"),
        "a form as that of a new user, which has one",
    ),
}


@pytest.fixture(autouse=True)
def same_everywhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The zone, the place of the store, a call's reference and a cursor that does not blink, on every machine."""
    monkeypatch.setenv("TZ", "Europe/London")
    time.tzset()
    monkeypatch.setattr("spoc.storage.store_folder.check", lambda folder: [])
    monkeypatch.setattr(SpocApp, "_look_after", lambda app: None)
    monkeypatch.setattr(Call, "reference", "3a2f1658")  # else another one each time
    monkeypatch.setattr("spoc.screens.contacts.list_lines.reference", lambda record: "5FQR-4NBB")
    yield
    monkeypatch.undo()
    time.tzset()


# -- pictures ----------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def one_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """A contact's reference is made from its id, which is another in every run."""
    for module in (contact_page, matter):
        monkeypatch.setattr(module, "reference", lambda contact: "5FQR-4NBB")


class Picture(SVGImageExtension):
    """One file a picture, named after what it shows."""

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:
        return str(index)

    @classmethod
    def _get_file_basename(cls, *, test_location: PyTestLocation, index: SnapshotIndex) -> str:
        return str(index)


class Album:
    """Compares page after page with the pictures that were looked at, and says at the end which differ."""

    def __init__(self, snapshot: SnapshotAssertion, tag: str) -> None:
        self._kept = snapshot.use_extension(Picture)
        self._tag = tag
        self.differ: list[str] = []

    def add(self, name: str, pilot: Pilot[Any]) -> None:
        if pilot.app.export_screenshot(title="spoc") != self._kept(name=f"{name}-{self._tag}"):
            self.differ.append(name)


async def pages(
    store: Store, folder: Path, clock: Clock, size: tuple[int, int]
) -> AsyncIterator[tuple[str, Pilot[Any]]]:
    """Every page of the app, in the dark theme."""
    async for each in pages_before_the_desk(folder, clock, size, "dark"):
        yield each
    async for each in pages_of_the_desk(store, clock, size, "dark"):
        yield each


@pytest.mark.long
async def test_every_page_of_the_small_size_looks_as_it_was_looked_at_and_can_be_read(
    store: Store, folder: Path, clock: Clock, snapshot: SnapshotAssertion
) -> None:
    album = Album(snapshot, "80x24")
    pale: list[str] = []
    kinds: set[str] = set()
    async for name, pilot in pages(store, folder, clock, SMALL):
        album.add(f"{name}-dark", pilot)
        kinds.add(type(pilot.app.screen).__name__)
        pale += unreadable(name, pilot)
    assert not album.differ and not pale
    assert left_out(kinds, WITHOUT_PICTURE) == []


async def dress(pilot: Pilot[Any], theme: str) -> None:
    """Put the app into another theme, which paints all of it anew; without colour is the dark one as Textual
    shows it where NO_COLOR is set."""
    app = pilot.app
    app._filters = [each for each in app._filters if not isinstance(each, Monochrome)]
    if theme == "without-colour":
        app._filters.append(Monochrome())
    app.theme = f"spoc-{'dark' if theme == 'without-colour' else theme}"
    app.refresh()
    await pilot.pause()


@pytest.mark.long
async def test_every_page_of_the_wide_size_looks_as_it_was_looked_at_and_can_be_read_in_every_theme(
    store: Store, folder: Path, clock: Clock, snapshot: SnapshotAssertion
) -> None:
    album = Album(snapshot, "120x36")
    pale: list[str] = []
    async for name, pilot in pages(store, folder, clock, WIDE):
        album.add(f"{name}-dark", pilot)
        pale += unreadable(name, pilot)
        for theme in (
            "without-colour",
            "light",
            "contrast",
        ):  # of the dark one, so not after another
            await dress(pilot, theme)
            if name in ("board", "contact-half"):
                album.add(f"{name}-{theme}", pilot)
            pale += unreadable(f"{name}, {theme}", pilot)
        await dress(pilot, "dark")
    assert not album.differ and not pale


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
async def test_the_field_with_the_focus_and_the_fields_of_high_contrast_have_an_edge(
    store: Store, theme: str
) -> None:
    app = Seated(Desk(store, ADVISOR, store.path.parent, bytes(32)), store.now, theme)
    shown = app.get_css_variables()

    def against(one: str, other: str) -> float:
        return ratio(Color.parse(shown[one]), Color.parse(shown[other]))

    assert against("focus", "background") >= 3
    assert against("primary", "background") >= 3
    if theme == "contrast":
        assert against("field", "background") >= 3 and against("rule", "background") >= 3


def test_the_style_of_one_screen_never_reaches_another() -> None:
    for sheet in sorted(STYLES.glob("*.tcss")):
        bare = re.sub(r"\{(?:[^{}]|\{[^{}]*\})*\}", "{}", sheet.read_text("utf-8"))
        for selector in re.split(r"\{\}|,", bare):
            first = selector.split()[0] if selector.strip() else "Screen"
            assert re.match(r"[A-Z]\w*(Screen|Page)\b|Screen$", first), f"{sheet.name}: {selector}"
