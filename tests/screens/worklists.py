"""A worklist with children on it, and what it shows."""

from collections.abc import Callable
from typing import Any

from keyboard import shown, type_in
from samples import ADVISOR
from textual.pilot import Pilot

from spoc.intake.reading import of_bytes
from spoc.screens.safety_net.worklist import WorklistScreen
from spoc.storage.attendances import importing, listing
from spoc.storage.attendances.importing import Listed
from spoc.storage.store import Store

HEAD = "Attendance Number,NHS No,Hosp no,Surname,Forename,DOB,Arrival,Presenting complaint,Diagnosis,Disch,Departed,GP code,Safeguarding,Postcode"  # fmt: skip


ROWS = (
    "A1,999 000 0018,1,Brook,Ty,19/07/2018,19/11/2026 20:10,Ear pain 3/7,Otitis media,Discharged,19/11/2026 22:00,B83049,,TA1 1AA",
    "A2,999 000 0026,2,Lane,Mo,19/07/2026,19/11/2026 21:10,fell from bed; not yet rolling,Head injury,Discharged,19/11/2026 23:00,B83049,,TA1 1AB",
    "A3,,3,Unknown,Male,,19/11/2026 22:10,,,Discharged,19/11/2026 23:00,V81999,,",
    "A4,999 000 0034,4,[red]Ash[/],=Jo,19/07/2015,19/11/2026 23:10,Headache [/] since AM,Viral,Discharged,20/11/2026 01:00,V81997,,TA1 1AC",
    "A5,999 000 0042,5,Elm,Ida,19/07/2016,19/11/2026 23:40,Wheeze,Asthma,,,B83049,,TA1 1AD",
)  # fmt: skip


def bring(store: Store, *rows: str, site: str = "ED-MPH", head: str = HEAD) -> importing.Import:
    reading = of_bytes("\n".join([head, *rows]).encode(), "list.csv", listing.local_now(store))
    return importing.bring_in(store, ADVISOR, [Listed("list.csv", reading.rows)], site)


class Hand:
    """A clock for the keys: every press a second after the last, unless the hand is held."""

    def __init__(self) -> None:
        self.at, self.held = 0.0, False

    def __call__(self) -> float:
        self.at += 0.03 if self.held else 1.0
        return self.at


async def the_worklist(
    pilot: Pilot[Any], hand: Callable[[], float] | None = None
) -> WorklistScreen:
    await type_in(pilot, "w")
    screen: WorklistScreen = await shown(pilot, WorklistScreen)
    screen.clock = hand or Hand()
    return screen


def numbers(screen: WorklistScreen) -> list[str]:
    return [each.number for each in screen.rows.items]


def said(screen: Any, where: str = "#said") -> str:
    return str(screen.query_one(where).content)


def mark(screen: WorklistScreen, number: str) -> None:
    place = numbers(screen).index(number)
    screen.rows.show(screen.rows.items, place)
