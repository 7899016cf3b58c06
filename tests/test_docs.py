"""The documents say what is so: their links, commands, keys, refusals, pictures and the first call."""

import ast
import importlib.util
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from keyboard import type_in, until
from samples import ADVISOR
from seated import at_the_board
from textual.dom import DOMNode

from spoc.app import SpocApp
from spoc.cli.commands import commands
from spoc.guidance.pack import load
from spoc.model.documents import contact_from_json
from spoc.screens.call.contact import ContactScreen
from spoc.screens.call.email import EmailScreen
from spoc.screens.call.prompt import PromptScreen
from spoc.screens.call.reason import ReasonScreen
from spoc.screens.child.child_page import ChildPage
from spoc.screens.child.children import ChildrenScreen, WhyScreen
from spoc.screens.child.linking import LinkScreen
from spoc.screens.child.looked import LookedScreen
from spoc.screens.contacts.amend import AmendScreen
from spoc.screens.contacts.contacts import ContactsScreen
from spoc.screens.contacts.page.contact_page import ContactPage
from spoc.screens.contacts.readback import ReadBackScreen
from spoc.screens.contacts.record import RecordScreen
from spoc.screens.desk.arriving.first import FirstScreen
from spoc.screens.desk.arriving.setup import FIELDS, CodeScreen, SetUpScreen
from spoc.screens.desk.arriving.signin import LockScreen, SignInScreen
from spoc.screens.desk.board import BoardScreen
from spoc.screens.desk.users.removing import RemoveUserScreen
from spoc.screens.desk.users.users import SecretScreen, UsersScreen
from spoc.screens.followups.calendar import CalendarScreen
from spoc.screens.followups.followups import FollowUpsScreen
from spoc.screens.followups.handover import HandoverScreen
from spoc.screens.followups.outputs import OutputsScreen
from spoc.screens.followups.request_page import RequestPage
from spoc.screens.followups.requests import RequestsScreen
from spoc.screens.followups.unborn import UnbornScreen
from spoc.screens.reports.behind import BehindScreen
from spoc.screens.reports.chart import ChartScreen
from spoc.screens.reports.dashboard import DashboardScreen
from spoc.screens.reports.marking import MarkScreen
from spoc.screens.reports.supplying import SuppliedScreen
from spoc.screens.safety_net.review import ReviewPage
from spoc.screens.safety_net.telling import TellScreen
from spoc.screens.safety_net.worklist import WorklistScreen
from spoc.screens.sync.conflicts import ConflictsScreen
from spoc.screens.sync.sync_page import SyncScreen
from spoc.screens.sync.uncounted import UncountedScreen
from spoc.storage.contacts import contact_add, contacts
from spoc.storage.store import Store
from spoc.widgets.forms.line_input import LineInput

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")]
GUIDE = (DOCS / "guide.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
DEPLOYMENT = (DOCS / "deployment.md").read_text("utf-8")
RETURNS = (DOCS / "returns.md").read_text("utf-8")

# What the guide's tables of keys are named after.
PAGES: dict[str, type[DOMNode]] = {
    "first page": FirstScreen,
    "set-up": SetUpScreen,
    "recovery code": CodeScreen,
    "sign-in": SignInScreen,
    "board": BoardScreen,
    "everywhere": SpocApp,
    "a call": ContactScreen,
    "a line to type in": LineInput,
    "a prompt": PromptScreen,
    "a reason": ReasonScreen,
    "contacts": ContactsScreen,
    "a contact's page": ContactPage,
    "children": ChildrenScreen,
    "why a child is opened": WhyScreen,
    "a child": ChildPage,
    "who has looked": LookedScreen,
    "the same child": LinkScreen,
    "amending": AmendScreen,
    "a read-back": ReadBackScreen,
    "lock": LockScreen,
    "an email": EmailScreen,
    "a request that was answered": RecordScreen,
    "the ED worklist": WorklistScreen,
    "a review": ReviewPage,
    "telling others": TellScreen,
    "activity": DashboardScreen,
    "a chart": ChartScreen,
    "behind a number": BehindScreen,
    "sync": SyncScreen,
    "conflicts": ConflictsScreen,
    "what does not count": UncountedScreen,
    "a note on a chart": MarkScreen,
    "users": UsersScreen,
    "a user's form": SecretScreen,
    "removing a user": RemoveUserScreen,
    "what is due": FollowUpsScreen,
    "requests": RequestsScreen,
    "a request": RequestPage,
    "handover": HandoverScreen,
    "files": OutputsScreen,
    "unborn": UnbornScreen,
    "calendar": CalendarScreen,
    "what others supply": SuppliedScreen,
}
NAMED = {
    "↑": "up", "↓": "down", "←": "left", "→": "right", "Esc": "escape", "PgUp": "pageup", "Home": "home", "End": "end", "PgDn": "pagedown", "/": "slash",
}  # fmt: skip


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("text", TEXTS, ids=name)
def test_every_file_that_is_linked_is_there(text: Path) -> None:
    words = text.read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", words) if "://" not in link]
    missing = []
    for link in links:
        file, _, head = link.partition("#")
        led_to = text.parent / file if file else text
        if not led_to.exists() or (head and head not in heads(led_to.read_text("utf-8"))):
            missing.append(link)
    assert missing == []


def heads(words: str) -> set[str]:
    return {anchor(head) for head in re.findall(r"^#+ (.+)$", words, re.M)}


def anchor(head: str) -> str:
    return re.sub(r"[^\w -]", "", head.lower()).strip().replace(" ", "-")


@pytest.mark.parametrize("text", TEXTS, ids=name)
def test_every_path_that_is_named_is_there(text: Path) -> None:
    named = re.findall(r"`((?:spoc|tests|docs|bench)/[\w./-]+)`", text.read_text("utf-8"))
    left = ("spoc/guidance/generic/interpreter.toml",)  # a recipe makes it
    assert [path for path in named if path not in left and not (ROOT / path).exists()] == []


def test_the_layout_names_every_folder_of_the_program() -> None:
    layout = CONTRIBUTING.split("## The layout")[1].split("\n## ")[0]
    named = {path.rstrip("/").rpartition("/")[2] for path in re.findall(r"`([\w/]+/)`", layout)}
    folders = {file.parent.name for file in (ROOT / "spoc").glob("*/**/__init__.py")}
    assert folders - named == set()


@pytest.mark.parametrize("text", TEXTS, ids=name)
def test_no_document_names_a_machine(text: Path) -> None:
    words = text.read_text("utf-8")
    assert (
        re.findall(r"(?<![\w.~-])/(?:home|root|work|Users|tmp)/\S*|[A-Z]:\\Users\S*", words) == []
    )
    assert re.findall(r"\bhttps?://\S*(?:pypi|index|simple|registry)\S*", words) == []


# The commands


def spoken(words: str) -> set[str]:
    """What is written as a command of spoc: a line of a block, or words between backticks."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", words, re.M | re.S)
    lines = [line.split("#")[0] for block in blocks for line in block.splitlines()]
    return {
        each.strip()
        for each in [*lines, *re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", words, flags=re.M | re.S))]
        if re.match(r"(?:uv run )?spoc(?: |$)", each.strip())
    }  # fmt: skip


@pytest.mark.parametrize(
    "command", sorted(set().union(*map(spoken, (README, GUIDE, DEPLOYMENT, RETURNS))))
)
def test_every_command_that_is_written_down_is_understood(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = split(command)
    assert commands([*words, "--help"]) == 0
    said = capsys.readouterr().out
    assert all(
        option in said for option in words if option.startswith("--") and option != "--store"
    )


def split(command: str) -> list[str]:
    """The words of a command, whose name is left out and whose values are not looked at."""
    words = re.findall(r'"[^"]*"|\S+', command)
    words = words[words.index("spoc") + 1 :]
    return [word.strip('"') for word in words]


def test_the_contact_of_the_documents_is_added_closed(store: Store) -> None:
    (example,) = re.findall(r"^```json\n(.*?)^```", DEPLOYMENT, re.M | re.S)
    for result in ("added", "already there"):
        for value in json.loads(example):
            given = contact_from_json.read(value, contact_add.rules(store))
            assert isinstance(given, contact_from_json.ContactInput), given
            done = contact_add.add(store, ADVISOR, given).result()
            assert (done.result, done.notes) == (result, ()), done.lacks


def test_the_pack_of_the_documents_holds_and_changes_what_it_says(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```", DEPLOYMENT, re.M | re.S)
    for name, text in re.findall(r"^# (\S+\.toml)\n(.*?)(?=^# |\Z)", example, re.M | re.S):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    ours, beneath = load("ours", tmp_path / "packs").guide, load("generic").guide
    assert ours.prompt_by_code["T27"].off and "bleep" in ours.prompt_by_code["T2"].says[0]
    assert ours.prompt_by_code["T2"].sources == beneath.prompt_by_code["T2"].sources
    assert len(ours.prompts) == len(beneath.prompts)


# The keys


def test_every_key_that_settings_may_name_and_the_guide_does_is_one() -> None:
    known = {
        each.id
        for page in PAGES.values()
        for binding in page._merge_bindings().key_to_bindings.values()
        for each in binding
    }
    named = set(
        re.findall(
            r"`([a-z]+\.[a-z-]+)`", DEPLOYMENT.split("## Theme and keys")[1].split("\n## ")[0]
        )
    ) - {"settings.toml"}
    assert named and named <= known


def tables_of_keys() -> Iterator[tuple[str, list[str]]]:
    """Each table of keys of the guide: what it is named after, and its keys."""
    for title, rows in re.findall(
        r"^\| Keys: ([^|]+?) \|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", GUIDE, re.M
    ):
        cells = [re.split(r"(?<!\\)\|", row)[1] for row in rows.splitlines()]
        yield title, [key for cell in cells for key in re.findall(r"`([^`]+)`", cell)]


def bound(page: type[DOMNode]) -> set[str]:
    """The keys bound on a page or everywhere, as the program names them."""
    keys = {SpocApp.COMMAND_PALETTE_BINDING}
    for each in (page, SpocApp):
        keys |= set(each._merge_bindings().key_to_bindings)
    return keys


@pytest.mark.parametrize(("title", "keys"), tables_of_keys())
def test_every_key_of_the_guide_is_bound_where_it_is_said_to_work(
    title: str, keys: list[str]
) -> None:
    assert keys
    assert [key for key in keys if NAMED.get(key, key.lower()) not in bound(PAGES[title])] == []


def test_the_guide_leaves_out_no_page_and_no_key_of_the_footer() -> None:
    told = {
        title: {NAMED.get(key, key.lower()) for key in keys} for title, keys in tables_of_keys()
    }
    assert set(told) == set(PAGES)
    for title, page in PAGES.items():
        for binding in page._merge_bindings().key_to_bindings.values():
            for each in binding:
                if each.show and each.description and each.action in own_actions(page):
                    assert each.key in told[title], f"{title}: {each.key}"


def own_actions(page: type[DOMNode]) -> set[str]:
    """What the keys of a page of ours do; Textual's own are not the guide's matter."""
    ours = (each for each in page.__mro__ if each.__module__.startswith("spoc."))
    return {binding.action for each in ours for binding in vars(each).get("BINDINGS", ())}


# The words


@cache
def sentences() -> str:
    """Every text of the program, what is filled in as "…"."""
    found = []
    for file in (ROOT / "spoc").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (str(v.value) if isinstance(v, ast.Constant) else "…" for v in node.values)
                found.append("".join(parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return "\n".join(found)


def test_every_refusal_of_the_documents_is_one_of_the_programs() -> None:
    said = re.findall(r"^\| “([^”]+)” \|", GUIDE + DEPLOYMENT, re.M)
    assert len(said) > 20
    assert [each for each in said if each not in sentences()] == []


def test_the_guide_names_every_field() -> None:
    from spoc.model.forms.forms import CONTACT_FORM

    missing = [
        field.in_brief
        for field in CONTACT_FORM
        if not re.search(rf"^\|.*\b{re.escape(field.in_brief)}(?!\w)", GUIDE, re.M)
    ]
    missing += [label for _, label, _ in FIELDS if f"| {label} |" not in GUIDE]
    assert missing == []


def test_the_abbreviations_that_are_written_down_pick_their_codes() -> None:
    pack = load("generic")
    known = {
        short
        for codes in pack.lists.values()
        for code in codes
        for short in (*code.short, code.code.lower())
    }
    assert {"bnm", "vc", "nn", "ub", "k", "s", "x"} <= known


def test_every_test_that_the_hazard_log_names_is_there() -> None:
    hazards = (DOCS / "safety" / "hazards.md").read_text("utf-8")
    parts = re.split(r"^## ", hazards, flags=re.M)[1:]
    assert len(parts) >= 8
    for part in parts:
        shown = re.findall(r"^\| Shown by \| (.*) \|$", part, re.M)
        assert shown and "`tests/" in shown[0], part.splitlines()[0]
        assert re.search(r"^\| The trust must \| \S", part, re.M), part.splitlines()[0]
        assert re.search(r"^\| Left over \| \S", part, re.M), part.splitlines()[0]
        for path in re.findall(r"`(tests/[^`]+)`", shown[0]):
            assert (DOCS.parent / path).exists(), path
    named = [int(each) for part in parts for each in re.findall(r"\bH(\d+) ", part.splitlines()[0])]
    assert sorted(named) == list(
        range(1, len(named) + 1)
    )  # none is left for later, none has two parts


# The first call, and the pictures


async def test_the_first_call_of_the_readme_closes(store: Store) -> None:
    part = README.split("## A first call")[1].split("\n## ")[0]
    rows = [row.split("|")[1] for row in part.splitlines() if row.startswith("| `")]
    steps = [step for row in rows for step in re.findall(r"`([^`]+)`", row)]
    named = [f"<{step.lower()}>" if step in ("Enter", "F2", "F6") else step for step in steps]
    card, end = named.index("<f6>") + 1, named.index("<f2>") + 1
    assert named[0] == "n" and named[end:] == ["y"]
    async with at_the_board(store) as pilot:
        await type_in(pilot, *named[:card])
        await until(
            pilot, lambda: getattr(pilot.app.screen, "fresh", False) is True
        )  # as one reads
        await type_in(pilot, *named[card:end])
        await until(pilot, lambda: getattr(pilot.app.screen, "asking", "") == "considered")
        await type_in(pilot, *named[end:])
        await until(pilot, lambda: contacts.recent(store, ADVISOR))
    row = contacts.recent(store, ADVISOR)[0]
    assert (row.caller, row.children) == ("Reed, Amy", ("Brook, Ty",))
    assert (row.service, row.category, row.issues) == ("ED", "physical", ("bruise-nonmobile",))
    assert row.outcome == "awaiting-caller"
    notes = [part for part in contacts.get(store, ADVISOR, row.id) if part.tbl == "note"]
    assert [note.values["text"] for note in notes] == ["Bruise on the left cheek."]


def the_script(folder: str = "pictures") -> ModuleType:
    spec = importlib.util.spec_from_file_location(folder, DOCS / folder / "make.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_of_roles_is_what_the_program_asks() -> None:
    words = (DOCS / "roles.md").read_text("utf-8")
    assert words == the_script("tables").roles()
    assert "(roles.md)" in GUIDE


def test_the_table_of_prompts_is_what_the_pack_says() -> None:
    words = (DOCS / "prompts.md").read_text("utf-8")
    assert words == the_script("tables").made()
    assert "(prompts.md)" in GUIDE
    guide = load("generic").guide
    for each in guide.prompts:
        assert f"| **{each.code}** {each.kind.upper()} | **{each.title}**" in words
        assert all(line in words for line in (*each.says, *each.tells))
    assert all(f"| {each.label} | {each.asks} |" in words for each in guide.questions)
    prompts = words.partition("## Questions of the walk")[0].replace("<br>", " ")
    assert len(re.findall(r"[\w’'-]+", prompts)) <= 20 * 250, "more than twenty minutes to read"


@pytest.mark.long
async def test_the_pictures_are_those_that_the_script_draws(tmp_path: Path) -> None:
    script = the_script()
    await script.make(tmp_path)
    drawn = {file.name for file in tmp_path.iterdir()}
    kept = [file for file in (DOCS / "pictures").iterdir() if file.suffix in (".svg", ".png")]
    assert drawn == {file.name for file in kept} == {f"{each}.svg" for each in script.NAMES}
    assert sum(file.stat().st_size for file in kept) < 900_000
    shown = set(re.findall(r"pictures/([\w-]+\.svg)", README + GUIDE))
    assert shown == drawn
    for file in tmp_path.iterdir():
        assert "url(" not in re.sub(r"url\(#[^)]*\)", "", file.read_text("utf-8")), file.name
