"""What a parent may read: the safe version names no issue and nothing that was typed."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from model.readbacks import NOW, REFERENCE, a_call, flat, the_bruise
from samples import GENERIC

from spoc.guidance.pack import load
from spoc.model.documents.readback.readback import VERSIONS, text_of
from spoc.model.documents.readback.readback_safe import withheld
from spoc.model.forms.forms import CONTACT_FORM
from spoc.model.forms.sheet import Action, Answer, Person, Response, Sheet
from spoc.model.rules.codes import Pack
from spoc.model.rules.guiding.condition import parse
from spoc.model.rules.guiding.guide import DoNotTell
from spoc.model.values.instants import utc_text

# -- do not tell -----------------------------------------------------------------------------------

SECRET = ("fii", "forced-marriage", "fgm", "domestic-abuse", "csa-recent", "staff-allegation")


def closed_mouthed(pack: Pack) -> Pack:
    """A pack that has a reason not to tell for every one of these issues."""
    source = pack.lists["issue"][0].source
    more = [
        DoNotTell(each, f"reason {each}", parse(f"issues has {each}", {}), source)
        for each in SECRET
    ]
    return replace(pack, guide=replace(pack.guide, hides=(*pack.guide.hides, *more)))


CLOSED_MOUTHED = closed_mouthed(GENERIC)


# One that knows no reason: what nothing stops from being told holds nothing that was typed either.
OUTSPOKEN = replace(GENERIC, guide=replace(GENERIC.guide, hides=(), prompts=()))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_banner_is_the_first_and_the_last_line_of_what_must_not_be_told(version: str) -> None:
    sheet = replace(the_bruise(), many={"issues": ("fii", "fgm")})
    for pack in (GENERIC, CLOSED_MOUTHED):
        lines = text_of(a_call(sheet, pack), version).splitlines()
        for line in (lines[0], lines[-1]):
            assert line.startswith(
                "CONFIDENTIAL:" if version == "safe" else "DO NOT TELL THE FAMILY"
            )
        assert any(line.startswith("NOT FOR ONLINE VIEWING") for line in lines[:5])
        assert ("illness" in lines[0]) == (version != "safe")
    told = text_of(a_call(the_bruise()), version)
    assert "DO NOT TELL" not in told and ("ONLINE" in told) == (version == "safe")


def test_the_safe_version_says_what_parents_were_told_of_and_may_read() -> None:
    text = text_of(a_call(the_bruise()), "safe")
    assert text.splitlines() == [
        "NOT FOR ONLINE VIEWING",
        "A conversation between professionals, Fri 20 Nov 2026 08:10.",
        "Child: Ty Brook",
        "Agreed:",
        "- Paediatric opinion arranged: by Fri 20 Nov 2026 16:10",
        "Recorded in: Electronic patient record (EPR)",
        "The professional record holds the rest. Reference: " + REFERENCE + ".",
    ]
    actions = (Action("advice-only", "Caller", "24h", utc_text(NOW)),)
    met = {"T2": Response("overridden", why="seen")}
    sheet = replace(the_bruise(), actions=actions, outcome="admitted", prompts=met)
    said = flat(a_call(sheet), "safe")
    assert "- Advice only: the professional asking, by Sat 21 Nov 2026 09:00" in said
    assert "Outcome: Child admitted" in said


def test_the_safe_version_is_the_short_form_in_every_doubt_and_does_not_say_why() -> None:
    whole = the_bruise()
    doubts = {
        "reason not to tell": replace(whole, many={"issues": ("fii",)}),
        "coded": replace(whole, many={}),
        "coded yet": replace(whole, pending={"issues": "fgm?"}),
        "yet": the_bruise(category=""),
        "parents were told": the_bruise(parents_know=""),
        "were told": the_bruise(parents_know="not-informed-practicable"),
        "told": the_bruise(parents_know="informed-agrees, I think"),
    }
    texts = set()
    for why, sheet in doubts.items():
        call = a_call(sheet)
        assert why in withheld(call)
        texts.add(text_of(call, "safe"))
    banner = "CONFIDENTIAL: FOR PROFESSIONALS ONLY. DO NOT TELL, SHOW OR PRINT."
    assert texts == {
        f"{banner}\nNOT FOR ONLINE VIEWING\nA confidential record was made on Fri 20 Nov 2026 08:10 and is held by\n"
        f"the service. Reference: {REFERENCE}.\n{banner}\n"
    }
    restricting = replace(GENERIC.guide.prompt_by_code["T2"], restricts=True)
    pack = replace(GENERIC, guide=replace(GENERIC.guide, prompts=(restricting,)))
    assert withheld(a_call(whole, pack)) == "the contact is restricted"


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("Ty Brook", True), ("Brook, Ty", True), ("O'Brien, Anne-Marie", True), ("Zoë McLean", True),
        ("Ty Brook (FGM?)", False), ("Ty FGM", False), ("FGM", False), ("Ty - dad hits", False), ("Ty hit by Dan", False),
        ("Ty Brook 9990000018", False), ("Ty\nBrook\x1b[31m", False), ("Unborn baby of Lea", False), ("[red]Ty[/]", False),
        ("Ty Brook's sister", False), ("Ty Brook Mother Lea", False), ("", False),
    ],
)  # fmt: skip
def test_a_childs_name_is_given_only_where_it_is_a_name_and_no_more(name: str, given: bool) -> None:
    sheet = replace(the_bruise(), children=(Person(name, "child"),))
    assert ("Child: " in text_of(a_call(sheet), "safe")) == given
    two = replace(sheet, children=(Person("Ty Brook", "child"), Person("Al Brook", "child")))
    assert "Brook" not in text_of(a_call(two), "safe"), "each child has a record of its own"
    unborn = replace(sheet, children=(Person("Brook", "unborn", edd="2027-01-01"),))
    assert "Brook" not in text_of(a_call(unborn), "safe")


def codes(name: str) -> list[str]:
    return [each.code for each in GENERIC.lists[name]]


# What anybody may type anywhere: words, a code, a role, signs that a terminal obeys.
TYPED = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["", "caller", "desk", "24h", "1wd", "\x1b[31m", "[red]", "Molly Mulberry"]),
)


@st.composite
def filled(draw: Any) -> tuple[Sheet, Pack, list[str], dict[str, str]]:
    """A call about one of the secret issues with a text of its own in every place that takes one; the texts;
    who took it where."""
    marks: list[str] = []
    signs = draw(
        st.lists(TYPED, min_size=7, max_size=7)
    )  # for all places, in turn: quicker to draw
    shift = draw(st.integers(0, 6))

    def marked(like: str = "") -> str:
        """A text that stands nowhere else: as a name, or with signs around it."""
        turn = len(marks)
        letters = "".join("abcdefghij"[int(each)] for each in f"{turn:03}")
        mark = f"Zqx{letters}" if like == "name" or (turn + shift) % 2 else f"QZX{letters}9"
        marks.append(mark)
        return mark if like == "name" else f"{signs[turn % 7]}{mark}{signs[(turn + shift) % 7]}"

    def one_of(name: str) -> str:
        return str(draw(st.sampled_from(codes(name)))) if draw(st.booleans()) else marked()

    values = {
        each.key: marked() if each.kind == "text" else one_of(each.codes)
        for each in CONTACT_FORM
        if each.kind in ("text", "code")
    }
    values["category"] = draw(st.sampled_from(codes("category")))
    pack = draw(st.sampled_from([GENERIC, CLOSED_MOUTHED, OUTSPOKEN, OUTSPOKEN]))
    told = sorted(GENERIC.parents_may_read["parent-knowledge"])
    every = told if pack is OUTSPOKEN else codes("parent-knowledge")
    values["parents_know"] = draw(st.sampled_from(every))
    secret = draw(st.sampled_from(SECRET))
    others = draw(st.lists(st.sampled_from(codes("issue")), max_size=3))
    people = st.sampled_from(["child", "child", "unborn"])
    open_actions = sorted(GENERIC.parents_may_read["action"])
    at = utc_text(NOW)
    sheet = Sheet(
        opened_at=at,
        values=values,
        many={"issues": (secret, *others, *([marked()] if draw(st.booleans()) else []))},
        caller=Person(marked("name"), "professional", service=marked(), role=marked(), callback=marked()),
        children=tuple(
            Person(
                marked("name") if draw(st.booleans()) else marked(),
                draw(people),
                dob=draw(st.sampled_from(["2019-03-12", "2024-02-29"])),
                nhs_number="9990000018",
                mother=Person(marked("name"), "adult", nhs_number="9990000026"),
            )
            for _ in range(draw(st.sampled_from([1, 1, 0, 2])))
        ),
        identity=draw(st.sampled_from(codes("identity"))),
        actions=tuple(
            Action(
                draw(st.sampled_from(open_actions)) if draw(st.booleans()) else one_of("action"),
                draw(st.sampled_from(["caller", "desk", "", ""])) or marked(),
                draw(st.sampled_from(["24h", "1wd", "", ""])) or marked(),
                at,
            )
            for _ in range(draw(st.integers(0, 4)))
        ),
        outcome=one_of("outcome"),
        notes=marked(),
        pending={"caller": marked()} if draw(st.booleans()) and pack is not OUTSPOKEN else {},
        slot=marked(),
        answers={each.code: Answer("answered", marked()) for each in GENERIC.guide.questions},
        prompts={
            each.code: Response("overridden", tuple(each.done), marked(), at)
            for each in GENERIC.guide.prompts
        },
        closed_anyway=marked(),
    )  # fmt: skip
    around = {"advisor": marked("name"), "desk": marked("name"), "service": marked("name")}
    return sheet, pack, marks, around


def never_in_it(pack: Pack) -> Iterator[str]:
    """Words of the pack that say what it is about."""
    yield from (each.label for name in ("issue", "category") for each in pack.lists[name])
    for name in ("action", "outcome", "record-system"):
        open_codes = pack.parents_may_read[name]
        yield from (each.label for each in pack.lists[name] if each.code not in open_codes)
    for name in ("place", "safety", "voice", "parent-knowledge", "basis", "service", "role", "mobility", "disability"):  # fmt: skip
        yield from (each.label for each in pack.lists[name])
    for prompt in pack.guide.prompts:
        yield from (prompt.title, prompt.suggests, *prompt.says, *prompt.tells)
    yield from (each.label for each in pack.guide.hides)
    yield from (each.asks for each in pack.guide.questions)
    yield from (each.label for each in pack.guide.questions if " " in each.label)


@pytest.mark.long
@settings(
    max_examples=max(200, settings.default.max_examples), phases=(Phase.reuse, Phase.generate)
)
@given(filled())
def test_nothing_that_was_typed_and_no_issue_is_in_the_safe_version(
    made: tuple[Sheet, Pack, list[str], dict[str, str]],
) -> None:
    sheet, pack, marks, around = made
    call = a_call(sheet, pack, **around)
    text = text_of(call, "safe")
    flat = " ".join(text.split())
    own_name = sheet.children[0].name if len(sheet.children) == 1 else ""
    for mark in marks:
        as_a_name = all(
            each.isalpha() and each.istitle() for each in re.split(r"[\s,]+", own_name.strip())
        )
        if (
            mark in own_name
            and as_a_name
            and not withheld(call)
            and sheet.children[0].kind == "child"
        ):
            continue  # the one child's name, where the parents were told
        assert mark not in text and mark.casefold() not in flat.casefold()
    rest = flat.casefold()
    for name, open_codes in pack.parents_may_read.items():
        for each in open_codes:
            rest = rest.replace(pack.label(name, each).casefold(), "")
    assert [each for each in never_in_it(pack) if each and each.casefold() in rest] == []
    assert not re.search(r"999|2019|2024|Mar|Feb|years", flat)
    words = set(re.findall(r"[\w-]+", flat.casefold()))
    assert not words & {*codes("issue"), *codes("category"), "police", "social", "safeguarding", "marac", "fgm"}  # fmt: skip
    if call.guided.hides:
        assert text == text_of(a_call(replace(the_bruise(received_at=utc_text(NOW)), many={}), pack), "safe")  # fmt: skip
    assert "NOT FOR ONLINE VIEWING" in text


def test_the_property_reaches_both_forms_and_every_reason() -> None:
    for secret in SECRET:
        sheet = replace(the_bruise(), many={"issues": (secret,)})
        assert withheld(a_call(sheet, CLOSED_MOUTHED)) == "there is a reason not to tell"
    assert withheld(a_call(the_bruise(), CLOSED_MOUTHED)) == ""


@pytest.mark.parametrize("pack_id", ["generic", "somerset"])
def test_what_parents_may_read_says_nothing_of_harm_police_or_social_care(pack_id: str) -> None:
    pack = load(pack_id)
    labels = [pack.label(name, code) for name, open_codes in pack.parents_may_read.items() for code in open_codes]  # fmt: skip
    assert len(labels) >= 10
    harm = r"police|social care|\bCSC\b|strategy|child protection|marac|lado|\bFGM\b|\bFMU\b|abuse|risk|section|enquiry|forced|prevent|safeguarding|refer|mental|harm"
    assert [each for each in labels if re.search(harm, each, re.IGNORECASE)] == []
