"""The read-back: what each version says, and what the safe one never says, whatever was typed anywhere."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model.readbacks import NOW, REFERENCE, a_call, flat, the_bruise
from samples import GENERIC

from spoc.model.documents.readback.readback import VERSIONS, text_of
from spoc.model.documents.readback.readback_words import WIDTH, width, wrapped
from spoc.model.forms.contact import late_entry
from spoc.model.forms.forms import CONTACT_FORM
from spoc.model.forms.sheet import Action, Answer, Person, Response, Sheet
from spoc.model.rules.clock import shown_instant
from spoc.model.values.instants import utc_text


def test_every_action_has_an_owner_and_a_time() -> None:
    at = utc_text(NOW)
    done = (Action("shared-gp", at=at), Action("shared-sw", "desk", at=at))
    promised = Action("cp-medical", at=at)  # not yet owned, while the call goes on
    text = flat(a_call(replace(the_bruise(), actions=(*done, promised))), "professional")
    assert (
        "1. Information shared with GP (general practitioner): Ada Advisor, in the call, 09:00"
        in text
    )
    assert "2. Information shared with social worker (SW): desk, in the call, 09:00" in text
    assert re.search(r"3\. Child protection medical requested (?!: )", text), (
        "and nobody's by itself"
    )


def test_the_professional_record_says_all_of_it_and_the_plan_before_the_rest() -> None:
    text = flat(a_call(the_bruise()), "professional")
    for words in (
        f"Reference {REFERENCE}, Fri 20 Nov 2026 08:10",
        "Child: Ty Brook; born 19 Jul 2026, 4 months; NHS number 999 000 0018",
        "Worry: Physical abuse; Bruise or injury, child not mobile",
        "Where the child is now: In the emergency department (ED) Safe now: In hospital, not to leave",
        "Child's voice: “Cries when his father picks him up” (Observed: behaviour, body language)",
        "IMPACT: An injury that nobody can explain",
        "1. Telephone referral to children's social care (CSC) by caller: caller (Nora Nurse), due Sat 21 Nov 2026 09:00, "
        "24 hours after 09:00 Fri, when the desk is shut (closed on Sat)",
        "2. Paediatric opinion arranged: Dr Osei, due Fri 20 Nov 2026 16:10",
        "3. Social care (CSC) acknowledgement and decision received: desk, due by 17:00 Mon 23 Nov 2026 (1st working",
        "MUST NOT HAPPEN: Ty must not leave before",
        "STOP T2: done 09:00: Telephone referral to children",
        "[T2] Injury or bruise in a child who is not mobile",
        "Parents told: Informed, and disagrees Shared on the basis: Child at risk",
        "Spoken to: Dr Osei, consultant",
        "Outcome: Awaiting decision of children's social care (CSC)",
        "Caller records it: Caller will record it",
        "Recorded in: Electronic patient record (EPR), number H-77",
        "BACKGROUND Mobility: Not mobile",
        "Household: Mother Lea, 19; her partner Dan",
        "ASSESSMENT All kinds of abuse considered: Yes",
        "Not known yet: Who was with him on Tuesday",
        "- not known: Immediate danger",
        "NOTES Bruise on the left cheek, 2 cm. Fell off the sofa",
        "Caller: Nora Nurse; Nurse; Emergency department (ED, A&E); call back 01632 960111; verified: known number",
        "Received: Fri 20 Nov 2026 08:10; logged Fri 20 Nov 2026 09:00; Telephone call in, in hours",
        "Taken by: Ada Advisor, Musgrove duty desk, Invented service",
    ):  # fmt: skip
        assert words in text, words
    order = [text.index(each) for each in ("Child:", "voice:", "IMPACT", "AGREED", "BACKGROUND", "NOTES", "THE CALL")]  # fmt: skip
    assert order == sorted(order)
    aloud = text[text.index("AGREED") : text.index("BACKGROUND")].split()
    assert len(aloud) < 200, "what is read back takes about a minute"
    assert "ONLINE" not in text and "DO NOT TELL" not in text


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "Received: Fri 20 Nov 2026 09:00; Telephone"),
        (60, "Received: Fri 20 Nov 2026 08:00; logged Fri 20 Nov 2026 09:00; Telephone"),
        (
            61,
            "Received: Fri 20 Nov 2026 07:59; logged Fri 20 Nov 2026 09:00 (late entry); Telephone",
        ),
    ],
)
def test_a_late_entry_is_one_that_was_late_as_the_pack_says(minutes: int, words: str) -> None:
    received = utc_text(NOW - timedelta(minutes=minutes))
    assert words in flat(a_call(the_bruise(received_at=received)), "professional")
    assert late_entry(received, utc_text(NOW), GENERIC) == (minutes > 60)
    strict = replace(GENERIC, limits={"late-entry": timedelta(minutes=10)})
    assert late_entry(received, utc_text(NOW), strict) == (minutes > 10)


def test_no_field_of_the_form_is_left_out_of_the_professional_record() -> None:
    keys = [each.key for each in CONTACT_FORM if each.kind in ("text", "code")]
    sheet = the_bruise(**{key: f"Said of {key}" for key in keys})
    whole = flat(a_call(sheet), "professional")
    referral = flat(a_call(sheet), "safer")
    assert [key for key in keys if f"said of {key.lower()}" not in whole.lower()] == []
    assert [key for key in keys if f"said of {key.lower()}" not in referral.lower()] == []


def test_what_was_skipped_is_not_told_and_what_nobody_knew_is() -> None:
    sheet = replace(the_bruise(), answers={"considered": Answer("skipped"), "danger": Answer("unknown")})  # fmt: skip
    text = flat(a_call(sheet), "professional")
    assert "considered" not in text and "- not known: Immediate danger" in text


def test_every_way_to_meet_a_stop_is_told() -> None:
    sheet = the_bruise()
    for response, words in (
        (Response("overridden", why="seen by Dr Osei already", at=utc_text(NOW)), "NOT DONE 09:00, because seen by"),
        (Response("shown"), "NOT ANSWERED YET"),
        (Response("done", ("paediatric-opinion",)), "done: Paediatric opinion arranged"),
        (Response("done", ("edt-referral",)), "NOT ANSWERED YET"),  # nobody agreed to that
    ):  # fmt: skip
        text = flat(a_call(replace(sheet, prompts={"T2": response})), "professional")
        assert f"STOP T2: {words}" in text
    assert "NOT ANSWERED YET" in flat(a_call(replace(sheet, prompts={})), "professional")
    mobile = replace(the_bruise(mobility="mobile"), many={"issues": ("burn",)})
    assert "STOP T2" not in flat(a_call(mobile), "professional"), (
        "its line goes with what raised it"
    )


def test_what_was_closed_anyway_says_why_and_what_was_missing() -> None:
    sheet = replace(the_bruise(category=""), closed_anyway="caller rang off")
    text = flat(a_call(sheet), "professional")
    assert (
        "CLOSED ALTHOUGH SOMETHING WAS MISSING Because: caller rang off - Category is empty."
        in text
    )
    assert "CLOSED" not in flat(a_call(the_bruise()), "professional")


def test_a_call_that_is_being_taken_says_so_and_loses_nothing_that_is_typed() -> None:
    sheet = replace(the_bruise(), pending={"outcome": "half a w"})
    text = flat(a_call(sheet, closed=False), "professional")
    assert "not closed yet" in text and "Outcome, typed and not taken yet: half a w" in text


def test_safer_has_its_five_parts_in_order_and_the_same_facts() -> None:
    text = text_of(a_call(the_bruise()), "safer")
    parts = ("SITUATION", "ASSESSMENT AND ACTIONS", "FAMILY FACTORS", "EXPECTED RESPONSE", "REFERRAL AND RECORDING")  # fmt: skip
    assert [line for line in text.splitlines() if line in parts] == list(parts)
    family = text.split("FAMILY FACTORS")[1].split("EXPECTED RESPONSE")[0]
    assert "Household: Mother Lea" in family and "Parents told" in family
    words = set(text_of(a_call(the_bruise()), "professional").split())
    left = {"READ-BACK", "FOR", "THE", "RECORD", "AGREED:", "READ", "THIS", "BACK", "BACKGROUND", "KNOWN,", "HOW", "TO", "FIND", "OUT", "NOTES", "AND", "THOUGHT", "OF"}  # fmt: skip
    assert words - set(text.split()) <= {*left, "ASSESSMENT", "NOT", "CALL", "PROFESSIONAL"}


def test_the_script_begins_with_the_childs_voice_and_asks_for_what_is_missing() -> None:
    text = flat(a_call(the_bruise()), "script")
    assert "CALL TO CHILDREN'S SOCIAL CARE This is Ada Advisor" in text
    assert "The worry is physical abuse: bruise or injury, child not mobile." in text
    assert "The child is now in the emergency department. Is the child safe now?" in text
    assert "Our caller is Nora Nurse, nurse, emergency department, 01632 960111." in text
    assert text.index("First, the child's voice: “Cries when") < text.index(
        "This is about Ty Brook"
    )
    assert "Nora Nurse, by Sat 21 Nov 2026 09:00: telephone referral to children's social care by caller." in text  # fmt: skip
    assert "We do not know: Immediate danger; Who was with him on Tuesday: the nurse asks." in text
    assert len(text.split()) < 240
    empty = Sheet(opened_at=utc_text(NOW), children=(Person("Ty Brook", "child"),))
    asked = re.findall(r"\[ask: [^]]+\]", flat(a_call(empty), "script"))
    assert len(asked) >= 8
    for words in (
        "voice been heard",
        "date of birth",
        "NHS number",
        "Where is",
        "impact",
        "rung back",
    ):
        assert any(words in each for each in asked), words
    long = flat(a_call(replace(the_bruise(), notes="word " * 400)), "script")
    assert "(the rest is in the record)" in long and len(long.split()) < 320


@pytest.mark.parametrize(
    ("at", "whom"),
    [
        (NOW, "CHILDREN'S SOCIAL CARE"),
        (NOW + timedelta(hours=8, minutes=1), "THE EMERGENCY DUTY TEAM (EDT)"),
        (NOW + timedelta(days=1), "THE EMERGENCY DUTY TEAM (EDT)"),
        (NOW + timedelta(days=900), "SOCIAL CARE (OR THE EMERGENCY DUTY TEAM, IF CLOSED)"),
    ],
)
def test_the_script_is_for_whoever_answers_at_this_hour(at: datetime, whom: str) -> None:
    text = text_of(a_call(the_bruise(), now=at), "script")
    assert f"CALL TO {whom}\n" in text
    assert (shown_instant(at) in text.partition("This is")[0]) == (whom != "CHILDREN'S SOCIAL CARE")


def test_the_promises_are_the_callers_own_and_name_no_child() -> None:
    at = utc_text(NOW)
    sheet = replace(the_bruise(), actions=(*the_bruise().actions, Action("incident-form", "nora  nurse", "", at)))  # fmt: skip
    text = text_of(a_call(sheet), "promises")
    assert text.startswith(f"Subject: Our call, reference {REFERENCE}\n")
    items = [line for line in text.splitlines() if line.startswith("- ")]
    assert len(items) == 2 and "due Sat" in text and "no time was agreed" in text
    assert "Ty" not in text and "Brook" not in text and "999" not in text and "Osei" not in text
    assert "Nothing was promised by you." in text_of(a_call(replace(sheet, actions=())), "promises")


# -- hostile text and speed ------------------------------------------------------------------------

RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


HOSTILE = "[red]x[/] \x1b[31m\x1b]52;c;aGk=\x07 \x9b2J \u202e=1+1\r\nsecond\u2028line 🙂 שרה"


@pytest.mark.parametrize("version", VERSIONS)
def test_hostile_text_stands_as_typed_in_every_field_and_is_obeyed_nowhere(version: str) -> None:
    keys = [each.key for each in CONTACT_FORM if each.kind in ("text", "code")]
    sheet = replace(
        the_bruise(**dict.fromkeys(keys, HOSTILE)),
        caller=Person(HOSTILE),
        children=(Person(HOSTILE, "child"),),
        actions=(Action(HOSTILE, HOSTILE, HOSTILE, utc_text(NOW)), Action("call-back", "caller", HOSTILE, utc_text(NOW))),
        notes=HOSTILE,
        outcome=HOSTILE,
        answers={each.code: Answer("answered", HOSTILE) for each in GENERIC.guide.questions},
        closed_anyway=HOSTILE,
        pending={"issues": HOSTILE},
    )  # fmt: skip
    text = text_of(a_call(sheet, advisor=HOSTILE, desk=HOSTILE, service=HOSTILE), version)
    assert not RAW.search(text)
    assert ("[red]x[/]" in text) == (version != "safe")


@given(st.text(max_size=400))
def test_no_line_is_too_long_and_no_word_is_lost(text: str) -> None:
    for line in wrapped(text, "- "):
        assert width(line) <= WIDTH and not RAW.search(line)
    lines = wrapped("word " * 30 + text.replace("\n", " "))
    assert re.sub(r"\s", "", "".join(lines)).startswith("word" * 30)


def test_the_largest_contact_is_read_back_at_once() -> None:
    long = "\n".join("The nurse said that it was so, and that it had been so before. " * 4 for _ in range(40))  # fmt: skip
    assert len(long) > 10_000
    keys = [each.key for each in CONTACT_FORM if each.kind == "text"]
    sheet = replace(the_bruise(**dict.fromkeys(keys, long[:2000])), notes=long)
    call = a_call(sheet)
    for version in VERSIONS:
        text_of(call, version)
        took = []
        for _ in range(5):
            began = perf_counter()
            text_of(call, version)
            took.append(perf_counter() - began)
        assert min(took) < 0.05, version
