"""A list is brought in: picked, pasted, typed by hand, stopped, and its columns named."""

from pathlib import Path

from keyboard import shown, type_in, until
from samples import ADVISOR
from screens.conftest import page
from screens.worklists import HEAD, ROWS, bring, numbers, said, the_worklist
from seated import at_the_board

from spoc.screens.call.reason import ReasonScreen
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.safety_net.lists.bringing_in import BringInScreen
from spoc.screens.safety_net.lists.mapping import MappingScreen
from spoc.storage.attendances import listing
from spoc.storage.store import Store

# -- bringing in -----------------------------------------------------------------------------------


async def test_a_file_is_picked_seen_and_brought_in(store: Store, tmp_path: Path) -> None:
    (tmp_path / "night.csv").write_text("\n".join([HEAD + ",Zzz", *(each + ",x" for each in ROWS)]))
    async with at_the_board(store) as pilot:
        screen = await the_worklist(pilot)
        assert "i brings in a list" in said(screen)
        await type_in(pilot, "i")
        bringing = await shown(pilot, BringInScreen)
        await type_in(pilot, str(tmp_path / "night.csv"), "<enter>")
        await until(pilot, lambda: bringing.step == "site")
        await type_in(pilot, "ED-MPH", "<enter>")
        await until(pilot, lambda: bringing.step == "look")
        assert "Zzz" in said(bringing, "#message") and "Brook, Ty" in page(pilot)
        assert listing.counts(store, ADVISOR).waiting == 0
        await type_in(pilot, "m")
        mapping = await shown(pilot, MappingScreen)
        mapping.rows.show(mapping.rows.items, len(mapping.rows.items) - 1)
        await type_in(pilot, "<enter>")
        await shown(pilot, ReasonScreen)
        await type_in(pilot, "school", "<enter>")
        await until(
            pilot, lambda: pilot.app.screen is mapping and mapping.rows.items[-1].field == "school"
        )
        await type_in(pilot, "<escape>")
        await until(pilot, lambda: pilot.app.screen is bringing and not said(bringing, "#message"))
        await type_in(pilot, "<f2>")
        await until(pilot, lambda: bringing.step == "done")
        assert "5 brought in" in said(bringing, "#message")
        await type_in(pilot, "<escape>")
        await until(pilot, lambda: pilot.app.screen is screen and len(screen.rows.items) == 5)


async def test_rows_are_pasted_and_a_wrong_department_is_refused(store: Store) -> None:
    async with at_the_board(store) as pilot:
        await the_worklist(pilot)
        await type_in(pilot, "i")
        bringing = await shown(pilot, BringInScreen)
        text = "\n".join([HEAD + ",Site", ROWS[0] + ",YDH"]).replace(",", "\t")
        bringing._take(text.encode(), "pasted rows")
        await until(pilot, lambda: bringing.step == "site")
        await type_in(pilot, "ED-MPH", "<enter>")
        await until(pilot, lambda: "YDH" in said(bringing, "#message") and bringing.step == "site")
        await type_in(pilot, "<escape>")
        await until(pilot, lambda: bringing.step == "pick")


async def test_what_cannot_be_read_says_so_and_the_picker_stays(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "bad.xlsx").write_bytes(b"PK nothing")
    async with at_the_board(store) as pilot:
        await the_worklist(pilot)
        await type_in(pilot, "i")
        bringing = await shown(pilot, BringInScreen)
        await type_in(pilot, str(tmp_path / "bad.xlsx"), "<enter>")
        await until(pilot, lambda: "cannot be read" in said(bringing, "#message"))
        assert bringing.step == "pick"


async def test_a_child_is_added_by_hand_by_the_same_rules(store: Store) -> None:
    async with at_the_board(store) as pilot:
        screen = await the_worklist(pilot)
        await type_in(pilot, "h")
        form = await shown(pilot, RecordScreen)
        await type_in(
            pilot,
            "ED-YDH",
            "<enter>",
            "P1",
            "<enter>",
            "31/11/2026 10:00",
            "<enter>",
            "Fir, Al",
            "<f2>",
        )
        await until(pilot, lambda: "arrival impossible" in str(form.query_one("#message").content))
        form.slots["arrived"].value = "19/11/2026 10:00"
        await type_in(pilot, "<f2>")
        await until(pilot, lambda: pilot.app.screen is screen and numbers(screen) == ["P1"])


async def test_an_import_is_stopped_by_one_key_and_the_list_again_brings_in_the_rest(
    store: Store,
) -> None:
    many = [ROWS[0].replace("A1,999 000 0018,1,Brook", f"C{n},,8{n},Many{n}") for n in range(1500)]
    async with at_the_board(store) as pilot:
        await the_worklist(pilot)
        await type_in(pilot, "i")
        bringing = await shown(pilot, BringInScreen)
        bringing._take("\n".join([HEAD, *many]).encode(), "pasted rows")
        await until(pilot, lambda: bringing.step == "site")
        await type_in(pilot, "ED-MPH", "<enter>", "<f2>")
        await until(
            pilot, lambda: bringing.step == "running" and listing.counts(store, ADVISOR).waiting
        )
        await type_in(pilot, "<escape>")
        await until(pilot, lambda: bringing.step == "done")
        assert "Stopped" in said(bringing, "#message")
        some = listing.counts(store, ADVISOR).waiting
        assert 0 < some < 1500
    assert bring(store, *many).summary.counts["duplicate"] == some
    assert listing.counts(store, ADVISOR).waiting == 1500


async def test_a_list_of_unknown_headings_is_named_and_then_read(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "odd.csv").write_text("Our no;Who;Came;Why\nQ1;Fir, Al;19/11/2026 10:00;ear ache\n")
    async with at_the_board(store) as pilot:
        await the_worklist(pilot)
        await type_in(pilot, "i")
        bringing = await shown(pilot, BringInScreen)
        await type_in(pilot, str(tmp_path / "odd.csv"), "<enter>")
        await until(pilot, lambda: "F6 opens it" in said(bringing, "#message"))
        await type_in(pilot, "<f6>")
        mapping = await shown(pilot, MappingScreen)
        assert [each.word for each in mapping.rows.items] == ["Our no", "Who", "Came", "Why"]
        for n, field in enumerate(("number", "name", "arrived", "complaint")):
            mapping.rows.show(mapping.rows.items, n)
            await type_in(pilot, "<enter>")
            await shown(pilot, ReasonScreen)
            await type_in(pilot, field, "<enter>")
            await until(
                pilot,
                lambda n=n, field=field: (
                    pilot.app.screen is mapping and mapping.rows.items[n].field == field
                ),
            )
        await type_in(pilot, "<escape>")
        await until(pilot, lambda: bringing.step == "site")
        await type_in(pilot, "X9", "<enter>")
        await until(pilot, lambda: bringing.step == "look" and "Fir, Al" in page(pilot))
