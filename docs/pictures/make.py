"""Draws the pictures of the documents: the real app on made-up data, a clock that stands still, real keys.

A morning at the desk, and four calls from ring to read-back: the journeys of the guide.

``make docs`` runs it. Every person here is invented; the NHS numbers are of the range kept for testing.
"""

import asyncio
import re
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from keyboard import type_in, until  # noqa: E402
from textual.pilot import Pilot  # noqa: E402

from spoc.app import SpocApp  # noqa: E402
from spoc.model.documents import contact_from_json  # noqa: E402
from spoc.model.ledger.entry import Actor, Command  # noqa: E402
from spoc.screens.call.contact import ContactScreen  # noqa: E402
from spoc.screens.call.prompt import PromptScreen  # noqa: E402
from spoc.screens.contacts.amend import AmendScreen  # noqa: E402
from spoc.screens.contacts.contacts import ContactsScreen  # noqa: E402
from spoc.screens.contacts.page.contact_page import ContactPage  # noqa: E402
from spoc.screens.contacts.readback import ReadBackScreen  # noqa: E402
from spoc.screens.desk.board import BoardScreen  # noqa: E402
from spoc.screens.sync.conflicts import ConflictsScreen  # noqa: E402
from spoc.screens.sync.sync_page import SyncScreen  # noqa: E402
from spoc.storage import sealing, set_up  # noqa: E402
from spoc.storage.contacts import contact_add, contacts  # noqa: E402
from spoc.storage.secrecy import keys  # noqa: E402
from spoc.widgets.pages.header import Header  # noqa: E402
from spoc.widgets.preferences import Preferences  # noqa: E402

NAMES = (
    "sign-in", "board", "call", "two-calls", "search", "contact", "bruise", "stop", "read-back", "marriage", "walk",
    "self-harm", "routine", "two-ways", "in-use",
)  # fmt: skip
SIZE = (118, 34)
# The recording: a call from the board to the read-back, so many seconds each.
FRAMES, SECONDS = ("board", "call", "bruise", "stop", "read-back"), 3
PASSPHRASE = "heron ladder quiet marble"
ON = "<enter>"

CELL = 12.2  # how wide a letter is in a picture of Textual's
SPACE = "\N{NO-BREAK SPACE}"
FONTS = "Fira Code, DejaVu Sans Mono, Menlo, Consolas, monospace"

# What was logged before the first picture, and how many minutes after the last it came.
LOGGED: tuple[tuple[int, dict[str, Any]], ...] = (
    (0, {
        "caller": {"name": "Okafor, Ben", "service": "hv", "role": "hv", "phone": "4118", "verified": "k"},
        "children": [{"name": "Ash, Rowan", "dob": "2025-06-03", "nhs_number": "999 012 3454"}],
        "where_now": "home", "category": "n", "issues": ["wnb"], "actions": [{"code": "hv"}],
        "outcome": "sp", "notes": "Letters went astray.", "answers": {"considered": "yes"},
    }),
    (25, {
        "caller": {"name": "Lindqvist, Maja", "service": "mat-comm", "role": "midwife", "phone": "4127",
                   "verified": "k"},
        "children": [{"edd": "2027-02-12", "mother": {"name": "Lane, Kim"}}],
        "where_now": "m", "category": "u", "issues": ["mac", "da"], "actions": [{"code": "csc-decision", "by": "CSC", "due": "1wd"}],
        "outcome": "ad", "notes": "Three missed; last seen at Rowan House.", "answers": {"considered": "yes"},
    }),
    (38, {
        "caller": {"name": "Rowen, Lee", "service": "gp", "role": "gp", "verified": "k"},
        "identity": "nn", "category": "q", "issues": ["cq"], "actions": [{"code": "ao"}],
        "outcome": "aa", "notes": "Talked through.",
    }),
    (30, {
        "caller": {"name": "Reed, Amy", "service": "ae", "role": "nurse", "phone": "01632 960145",
                   "verified": "s"},
        "children": [{"name": "Brook, Ty", "dob": "2026-07-19", "nhs_number": "999 123 4500"}],
        "where_now": "ed", "category": "p", "issues": ["bnm"],
        "actions": [{"code": "rr"}, {"code": "po", "by": "caller", "due": "2h"},
                    {"code": "vc", "by": "caller", "due": "24h"}],
        "outcome": "ac", "notes": "Bruise on the left cheek; mother says he rolled onto a toy.",
        "answers": {"considered": "yes"}, "prompts": {"T2": {"done": ["vc", "po"]}},
    }),
)  # fmt: skip
HALF_TAKEN = (
    "n", "Sato, Ren", ON, "camhs", ON, "cam", ON, "01632 960163", ON, "k", ON, "Fern, Isla", ON, "140311", ON,
    "999 020 4314", ON, "ward", ON, "o", ON, "sh", ON, "child",
)  # fmt: skip
SOUGHT = "rowan since:mon"
BEGUN = ("n", "Doyle, Pat", ON, "sch", ON, "other", ON)
# The four journeys. Each begins when the telephone rings.
BRUISE = (
    "n", "Hale, Tom", ON, "urg", ON, "nurse", ON, "01632 960171", ON, "k", ON, "Wren, Ava", ON, "150726", ON,
    "999 041 4300", ON, "clinic", ON, "p", ON, "ui", ON, ON,
)  # fmt: skip
MARRIAGE = ("n", ON, "sn", ON, "sn", ON, ON, "x", ON, "nn", ON, "school", ON, "e", ON, "fm", ON, ON)
ROUTINE = (
    "n", "Okafor", ON, "k", ON, "Ash, Rowan", ON, ON, "q", ON, "cq", ON, ON, "ao", ON, ON, "aa", ON,
)  # fmt: skip
AMENDED = ("ward", ON, "Moved to the ward at 10:40, ward sister rang")


class Clock:
    """Stands still until it is stepped."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 20, 9, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


class Camera:
    """Types the journey and keeps the pictures."""

    def __init__(self, pilot: Pilot[Any], clock: Clock, folder: Path) -> None:
        self.pilot, self.clock, self.folder = pilot, clock, folder
        self.app = pilot.app

    async def on(self, screen: type) -> None:
        """Wait for a screen to be the one that is shown."""
        await until(
            self.pilot, lambda: isinstance(self.app.screen, screen) and self.app.screen.is_current
        )
        await self.pilot.pause()

    def later(self, **span: float) -> None:
        """Let time go by with somebody at the desk, so that it does not lock."""
        self.clock.at += timedelta(**span)
        self.app.idle.touch()

    def logged(self) -> None:
        """What was logged before: read as the command line reads it, a minute each at its time."""
        store, actor = self.app.desk.store, self.app.desk.actor
        for after, said in LOGGED:
            self.later(minutes=after)
            given = contact_from_json.read({"channel": "tel-in", **said}, contact_add.rules(store))
            assert isinstance(given, contact_from_json.ContactInput), given
            done = contact_add.add(store, actor, given).result()
            assert done.result == "added", done.lacks

    async def saved(self) -> None:
        """Wait for the draft of the call on the screen to be on the disk."""
        screen = self.app.screen
        keeper = screen.keeper
        await until(self.pilot, lambda: keeper.version and keeper.version == keeper.saved_version)
        await until(self.pilot, lambda: " saved " in screen.query_one(Header).state)

    async def stop(self, *ticks: str) -> None:
        """Show the STOP in full, wait until a key counts, and tick what was done."""
        await type_in(self.pilot, "<f6>")
        await self.on(PromptScreen)
        await until(self.pilot, lambda: self.app.screen.fresh)
        await type_in(self.pilot, *ticks)

    async def read_back(self, name: str) -> None:
        """Read the call back, keep it, and go on."""
        await type_in(self.pilot, "<f8>")
        await self.on(ReadBackScreen)
        await self.keep(name)
        await type_in(self.pilot, "<escape>")
        await self.on(ContactScreen)

    async def close(self) -> None:
        """Close the call: the one question that its category needs is answered on the way."""
        await type_in(self.pilot, "<f2>")
        await until(self.pilot, lambda: self.app.screen.asking == "considered")
        await type_in(self.pilot, "y")
        await self.on(BoardScreen)

    async def keep(self, name: str) -> None:
        """Keep what is shown, as a picture that asks nobody for a font."""
        self.app.screen.refresh(layout=True)
        await self.pilot.pause()
        drawn = self.app.export_screenshot(title=f"spoc: {name}")
        (self.folder / f"{name}.svg").write_text(plain(drawn), "utf-8")


def plain(drawn: str) -> str:
    """The picture without fonts from elsewhere, and with no text that begins or ends in spaces,
    which not every viewer shows."""
    drawn = re.sub(r"@font-face\s*{[^}]*}\s*", "", drawn)
    drawn = drawn.replace("Fira Code, monospace", FONTS)

    def trimmed(found: re.Match[str]) -> str:
        begin, x, y, text = found[1], float(found[2]), found[3], found[4]
        words = text.strip(SPACE)
        x += CELL * (len(text) - len(text.lstrip(SPACE)))
        return (
            f'{begin} x="{x:.1f}" y="{y}">{words.replace(SPACE, "&#160;")}</text>' if words else ""
        )

    drawn = drawn.replace("&#160;", SPACE)
    drawn = re.sub(
        r'(<text class="[^"]*") x="([^"]*)" y="([^"]*)" textLength[^>]*>([^<]*)</text>',
        trimmed,
        drawn,
    )
    lines = (line.strip(" ") for line in drawn.splitlines())
    return "\n".join(filter(None, lines)) + "\n"


async def journey(camera: Camera) -> None:
    """A morning at the desk."""
    app, pilot = camera.app, camera.pilot
    await type_in(pilot, PASSPHRASE)
    await camera.keep("sign-in")
    await type_in(pilot, ON)
    await camera.on(BoardScreen)
    camera.logged()
    camera.later(minutes=9)
    await type_in(pilot, *BEGUN)
    await camera.on(ContactScreen)
    await camera.saved()
    await type_in(pilot, "<f9>")
    await camera.on(BoardScreen)
    camera.later(minutes=6)
    await until(pilot, lambda: app.backup_note)  # what the app says of today's backup
    app.screen._tick()
    app.screen.refresh_board()
    await type_in(pilot, "<down>")
    await camera.keep("board")

    await type_in(pilot, *HALF_TAKEN)
    await camera.on(ContactScreen)
    await until(pilot, lambda: app.screen.entries["issues"].value == "child")
    await camera.saved()
    camera.later(minutes=2, seconds=31)
    app.screen._tick()
    await camera.keep("call")
    await type_in(pilot, "<f9>")
    await camera.on(BoardScreen)
    await until(pilot, lambda: len(app.screen.waiting) == 2)
    await camera.keep("two-calls")
    await self_harm(camera)

    await type_in(pilot, "<slash>", SOUGHT)
    await camera.on(ContactsScreen)
    await until(pilot, lambda: len(app.screen.rows.items) == 3)  # two found, one near
    await camera.keep("search")
    await type_in(pilot, "<escape>")
    await camera.on(BoardScreen)
    await type_in(pilot, ON)
    await camera.on(ContactPage)
    await amend(camera)
    await camera.keep("contact")
    await type_in(pilot, *["<escape>"] * 2)
    await camera.on(BoardScreen)
    await bruise(camera)
    await marriage(camera)
    await routine(camera)
    await two_ways(camera)


async def bruise(camera: Camera) -> None:
    """A bruise on a four-month-old, and nobody asked whether she can roll."""
    app, pilot = camera.app, camera.pilot
    await type_in(pilot, *BRUISE)
    await camera.on(ContactScreen)
    await until(pilot, lambda: app.screen.now.stops)
    await camera.saved()
    camera.later(minutes=2, seconds=10)
    app.screen._tick()
    await camera.keep("bruise")
    await type_in(pilot, "<alt+b>", "n", ON)
    await until(pilot, lambda: app.screen.sheet.values.get("mobility"))
    await type_in(pilot, "<alt+o>")
    await until(pilot, lambda: not app.screen.asking)
    await camera.stop("1", "4")
    await camera.keep("stop")
    await type_in(pilot, ON)
    await camera.on(ContactScreen)
    await type_in(
        pilot,
        "caller",
        ON,
        "2h",
        ON,
        ON,
        "ac",
        ON,
        ON,
        ON,
        "Mother says she rolled off the sofa.",
    )
    await type_in(pilot, "<alt+a>", "Hurt, and nobody can say how it happened.", ON)
    await camera.read_back("read-back")
    await camera.close()


async def marriage(camera: Camera) -> None:
    """A worry about a forced marriage: no name of a child, a caller who gives none."""
    await type_in(camera.pilot, *MARRIAGE)
    await camera.on(ContactScreen)
    await until(camera.pilot, lambda: camera.app.screen.now.stops)
    await camera.stop("1", "4")
    await type_in(camera.pilot, ON)
    await camera.on(ContactScreen)
    await type_in(
        camera.pilot,
        "caller",
        ON,
        "2h",
        ON,
        ON,
        "ac",
        ON,
        ON,
        ON,
        "Speaks of a wedding in the spring.",
    )
    await camera.read_back("marriage")
    await camera.close()


async def self_harm(camera: Camera) -> None:
    """The call that was half taken, about a girl of fifteen after self-harm, is gone on with."""
    app, pilot = camera.app, camera.pilot
    await type_in(pilot, "2")
    await camera.on(ContactScreen)
    await type_in(
        pilot,
        "<ctrl+backspace>",
        ON,
        "rr",
        ON,
        ON,
        "ac",
        ON,
        ON,
        ON,
        "Seen by the nurse in charge.",
    )
    await type_in(pilot, "<alt+b>")
    await until(pilot, lambda: app.screen.asking == "brought-by")
    await type_in(pilot, "Her sister; a man waits in the car park.", ON)
    await until(pilot, lambda: app.screen.asking == "exploitation")
    await type_in(pilot, "?", "<shift+tab>")
    await until(pilot, lambda: app.screen.asking == "exploitation")
    camera.later(minutes=1)
    app.screen._tick()
    await camera.keep("walk")
    await type_in(pilot, "<alt+a>", "At risk of doing it again tonight.", ON)
    await camera.close()
    await type_in(pilot, "<slash>", "fern")
    await camera.on(ContactsScreen)
    await until(pilot, lambda: app.screen.query_now == "fern" and app.screen.rows.items)
    await type_in(pilot, ON)
    await camera.on(ContactPage)
    await go_to(camera, "Background")
    await camera.keep("self-harm")
    await type_in(pilot, *["<escape>"] * 2)
    await camera.on(BoardScreen)


async def routine(camera: Camera) -> None:
    """A question about process: nothing more is asked."""
    app, pilot = camera.app, camera.pilot
    await type_in(pilot, *ROUTINE)
    await camera.on(ContactScreen)
    await until(pilot, lambda: app.screen.sheet.outcome)
    await camera.saved()
    camera.later(minutes=1, seconds=20)
    app.screen._tick()
    await camera.keep("routine")
    await type_in(pilot, "<f2>")
    await camera.on(BoardScreen)


async def two_ways(camera: Camera) -> None:
    """Two advisors amend one line, neither having seen the other's: as two desks do that are apart."""
    store, actor = camera.app.desk.store, camera.app.desk.actor
    colleague, private = Actor(b"colleague-number", "Bea Bird", "advisor"), bytes(range(32))
    said = {"name": colleague.name, "role": colleague.role, **keys.public_fields(private)}
    store.act(actor, [Command("user", colleague.id, said)]).result()
    store.keyring.lent[colleague.id] = private
    contact = contacts.recent(store, actor, 50)[-1]
    own = contacts.get(store, actor, contact.id)[0]
    on = {"where_now": own.heads["where_now"]}
    for who, where, why in (
        (actor, "ward", "ward sister rang"),
        (colleague, "clinic", "mother rang"),
    ):
        camera.later(minutes=9)
        store.act(who, [Command("contact", contact.id, {"where_now": where}, on, why)]).result()
    await type_in(camera.pilot, "y")
    await camera.on(SyncScreen)
    await type_in(camera.pilot, "c")
    await camera.on(ConflictsScreen)
    await camera.keep("two-ways")
    await type_in(camera.pilot, *["<escape>"] * 2)
    await camera.on(BoardScreen)


async def amend(camera: Camera) -> None:
    """The child has left the department; and somebody rang back."""
    await go_to(camera, "Where the child is now")
    await type_in(camera.pilot, "a")
    await camera.on(AmendScreen)
    camera.later(minutes=12)
    await type_in(camera.pilot, *AMENDED, "<f2>")
    await camera.on(ContactPage)
    await type_in(camera.pilot, "o")
    await camera.on(AmendScreen)
    await type_in(camera.pilot, "adm", "<f2>")
    await camera.on(ContactPage)
    await go_to(camera, "History")
    await type_in(camera.pilot, *["<down>"] * 4)


async def go_to(camera: Camera, label: str) -> None:
    """Down to the line of this name."""
    await until(camera.pilot, lambda: camera.app.screen.rows.items)
    rows = camera.app.screen.rows
    place = next(at for at, line in enumerate(rows.items) if line.label == label)
    await type_in(camera.pilot, *["<down>"] * (place - rows.marked))


def recording(folder: Path) -> str:
    """One picture that goes through several: where nothing may move, the first of them stands."""
    drawn = [(folder / f"{name}.svg").read_text("utf-8") for name in FRAMES]
    box = re.search(r'viewBox="([^"]*)"', drawn[0])
    assert box is not None
    share = 100 / len(FRAMES)
    style = (
        f".f {{ opacity: 0; animation: f {SECONDS * len(FRAMES)}s step-end infinite; }}\n"
        f"@keyframes f {{ 0% {{ opacity: 1; }} {share:g}% {{ opacity: 0; }} }}\n"
        "@media (prefers-reduced-motion: reduce) { .f { animation: none; } .f:first-of-type { opacity: 1; } }"
    )
    shown = "\n".join(
        f'<g class="f" style="animation-delay: {SECONDS * n}s">\n{each.strip()}\n</g>'
        for n, each in enumerate(drawn)
    )
    head = f'<svg viewBox="{box[1]}" xmlns="http://www.w3.org/2000/svg">'
    return f"{head}\n<style>\n{style}\n</style>\n{shown}\n</svg>\n"


async def make(folder: Path) -> None:
    """Draw every picture into a folder."""
    clock = Clock()
    cost, sealing.COST = sealing.COST, sealing.Cost(64, 1, 1)  # nothing here is worth guarding
    try:
        with tempfile.TemporaryDirectory(prefix="spoc-pictures-") as place:
            store = Path(place) / "store"
            set_up.prepare(
                store, "Northshire children’s safeguarding", "Northtown duty desk", "Ada Shah", "advisor",
                PASSPHRASE, now=clock,
            ).commit()  # fmt: skip
            app = SpocApp(store, now=clock, monotonic=lambda: 0.0, liked=Preferences())
            try:
                async with app.run_test(size=SIZE) as pilot:
                    await journey(Camera(pilot, clock, folder))
                (folder / "in-use.svg").write_text(recording(folder), "utf-8")
            finally:
                app.let_go()
    finally:
        sealing.COST = cost


if __name__ == "__main__":
    asyncio.run(make(HERE))
