"""A call with a given part typed, and the words of its walk and its cards."""

from typing import Any

from keyboard import shown, type_in, until
from textual.pilot import Pilot

from spoc.screens.call.contact import ContactScreen
from spoc.screens.call.prompt import PromptScreen

CALL = (
    "n", "@caller", "Reed, Amy", "<enter>", "@service", "ed", "<enter>", "@role", "nurse", "<enter>", "@callback", "4521", "<enter>", "@verified", "k", "<enter>", "@child",
    "Brook, Ty", "<enter>", "190726", "<enter>", "9990000018", "<enter>", "@where_now", "ed", "<enter>",
    "@category", "p", "<enter>", "@issues",
)  # fmt: skip


BRUISE = (*CALL, "bnm", "<enter>", "<enter>")


END = ("@actions", "ao", "<enter>", "@outcome", "aa", "<enter>", "@notes", "Seen at once.")


async def a_call(pilot: Pilot[Any], *typed: str) -> Any:
    """A call with this typed into it."""
    await type_in(pilot, *typed)
    return await shown(pilot, ContactScreen)


def guide_of(call: Any) -> str:
    """What the lines above the keys say."""
    return str(call.query_one("#guide").content)


async def the_card(pilot: Pilot[Any]) -> Any:
    """The prompt's card, once a key counts there."""
    card = await shown(pilot, PromptScreen)
    await until(pilot, lambda: card.fresh)
    return card
