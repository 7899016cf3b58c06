"""The packs that come with spoc hold every word of the desk's vocabulary, and a broken pack says where."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

import spoc.guidance
from spoc.guidance.lists import LISTS
from spoc.guidance.pack import available, load
from spoc.model.rules.codes import BRIEF, Code, Pack

SHIPPED = Path(spoc.guidance.__file__).parent
TODAY = date(2026, 11, 20)

# The vocabulary, written out once more by hand: a code is stable for ever.
VOCABULARY = {
    "sex": "female male indeterminate",
    "relation": """
        mother father step-parent partner grandparent relative sibling twin half-sibling foster-carer
        private-foster-carer lodger visitor""",
    "alert": """
        danger not-safe-to-visit cp-plan looked-after cp-is serious-incident previous-injury
        frequent-attender private-fostering support-withdrawn domestic-abuse other""",
    "site": "MPH YDH",
    "service": """
        ED-MPH ED-YDH UTC/MIU PAED-MPH PAED-YDH PAED-OP COMM-PAED NICU CAMHS CAMHS-CRISIS MAT-COMM
        MAT-WARD MAT-WREN PERINATAL-MH MATERNAL-MH ADULT-MH LD PC-DENTAL GYNAE SEXUAL-HEALTH SARC THERAPIES RADIOLOGY
        SURG/ORTHO ADULT-WARD DRUG-ALCOHOL PHN-HV PHN-SN GP AMBULANCE/111 WALK-IN CSC MASH
        FAMILY-INTERVENTION POLICE PROBATION EDUCATION VOLUNTARY CONTINENCE OTHER""",
    "role": """
        nurse senior-nurse midwife specialist-midwife doctor registrar consultant-paediatrician
        consultant-ed consultant-other camhs-clinician psychologist ahp dental health-visitor
        school-nurse hca pharmacist radiographer admin gp social-worker police named-professional
        student other practice-nurse paramedic teacher""",
    "channel": """
        TEL-IN TEL-OUT VOICEMAIL EMAIL-IN EMAIL-OUT WARD-VISIT CLINIC ED-SAFETY-NET MEETING VIDEO
        IN-PERSON LETTER""",
    "hours": "in-hours ooh-received-later",
    "identity": "named no-names unborn",
    "verified": "known-number switchboard nhs-net in-person not-verified",
    "category": """
        physical emotional neglect sexual unborn-risk risk-outside-home childs-own-safety
        no-abuse-process-query""",
    "issue": """
        unexplained-injury bruise-nonmobile head-injury-under-1 fracture-under-2 burn poisoning
        nonfatal-strangulation unsafe-sleep icon neglect-supervision neglect-medical neglect-dental
        was-not-brought missed-antenatal concealed-pregnancy domestic-abuse
        teenage-relationship-abuse parental-mental-health parental-substances
        parental-learning-disability parent-abused-as-child csa-recent csa-non-recent
        harmful-sexual-behaviour under-13-sexual-activity cse cce serious-youth-violence missing
        not-in-school self-harm eating-disorder child-substances online-harm fgm forced-marriage
        perplexing-presentation fii radicalisation trafficking private-fostering hidden-child
        adult-with-children disguised-compliance discharge-delay
        information-request consent-question staff-allegation child-death serious-incident
        staff-support physical-abuse neglect-daily teenage-pregnancy parental-death
        adult-poses-risk young-carer bullying faith-based-abuse looked-after-child homeless
        emotional-abuse moved-area migrant-family no-access carer-aggressive removal-against-advice
        report-request""",
    "action": """
        advice-only sbar-completed records-reviewed cp-is-checked told-999 told-101
        police-protection-asked security-called verbal-csc-caller verbal-csc-spoc eha-support
        eha-csc edt-referral paediatric-opinion cp-medical strategy-requested strategy-attended
        hold-discharge discharge-meeting shared-gp shared-hv shared-sn shared-sw shared-midwife
        shared-camhs shared-police wren-referral idva prevent nrm lado fgm-report fmu cdop
        gp-letter frequent-attender-letter chronology supervision-offered clinic-booked rpd-opened
        escalated-named call-back incident-form confirm-csc-rung csc-decision csc-chase
        location-taken ed-today seen-alone safe-contact carer-not-told carer-rung police-to-see
        siblings-safe ring-back-done nothing-disclosed emergency-order-asked joint-response
        records-secured consultant-leads named-officer-told hr-told accused-not-told
        written-referral risk-checklist marac-referral dvds csods fgm-assessment sarc-rung
        missing-reported return-interview safety-plan alert-placed conference-report court-report
        governance-asked debrief-offered disagreement-inside""",
    "disposition": """
        clear shared ask-clinician advice-contact csc-by-ed csc-by-spoc already-known recall
        frequent-attender gp-registration second-reviewer cannot-review""",
    "checklist": "item-1 item-2 item-3 item-4 item-5 item-6 item-7 item-8",
    "told": "hv sn gp sw midwife ed",
    "rpd-step": "step-1 step-2 step-3 step-4 not-known",
    "outcome": """
        advice-accepted awaiting-caller awaiting-csc accepted-s17 strategy-agreed s47-begun
        police-protection admitted call-back-failed early-help nfa-agreed nfa-rpd already-open
        signposted declined transferred not-identified duplicate closed-oversight cp-conference
        cp-plan""",
}
EXTERNAL = {
    "PHN-HV", "PHN-SN", "GP", "AMBULANCE/111", "WALK-IN", "CSC", "MASH", "FAMILY-INTERVENTION",
    "POLICE", "PROBATION", "EDUCATION", "VOLUNTARY",
}  # fmt: skip


def every_code(pack: Pack) -> list[Code]:
    return [code for codes in pack.lists.values() for code in codes]


def found(pack: Pack, name: str, code: str) -> Code:
    entry = pack.find(name, code)
    assert entry is not None, f"{name} has no {code}"
    return entry


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the packs that come with spoc, in their place, that may be spoilt."""
    for pack_id in ("generic", "somerset"):
        shutil.copytree(SHIPPED / pack_id, tmp_path / pack_id)
    monkeypatch.setattr("spoc.guidance.pack._HOME", tmp_path)
    return tmp_path


def test_two_packs_come_with_spoc() -> None:
    assert available() == ("generic", "somerset")
    assert load("generic").id == "generic"
    assert load("somerset").title == "Somerset NHS Foundation Trust"


@pytest.mark.parametrize("name", VOCABULARY)
def test_somerset_offers_every_code_of_the_vocabulary_and_no_other(name: str) -> None:
    offered = [code.code for code in load("somerset").codes(name, TODAY)]
    assert sorted(offered) == sorted(VOCABULARY[name].split())


def test_the_generic_pack_holds_nothing_of_somersets() -> None:
    words = " ".join(f"{code.code} {code.label}" for code in every_code(load("generic")))
    assert not re.search(r"MPH|YDH|WREN|Musgrove|Yeovil|Somerset", words)


@pytest.mark.parametrize("pack_id", ["generic", "somerset"])
def test_every_entry_has_words_and_a_dated_source(pack_id: str) -> None:
    pack = load(pack_id)
    assert set(pack.lists) == set(LISTS)
    for code in every_code(pack):
        assert code.label.strip() and code.label[0].isalnum()
        assert len(code.in_brief) <= BRIEF and not code.in_brief.endswith("…"), code.code
        assert code.source.title and code.source.edition
        assert code.source.review > date(2026, 1, 1)


@pytest.mark.parametrize("pack_id", ["generic", "somerset"])
def test_no_two_codes_of_a_list_share_words_or_an_abbreviation(pack_id: str) -> None:
    pack = load(pack_id)
    for name in pack.lists:
        offered = pack.codes(name, TODAY)
        shorts = [short for code in offered for short in code.short]
        assert len(shorts) == len(set(shorts)), name
        assert len({code.label for code in offered}) == len(offered), name
        assert len({code.in_brief for code in offered}) == len(offered), name


@pytest.mark.parametrize(
    ("name", "short", "code"),
    [
        ("issue", "bnm", "bruise-nonmobile"),
        ("issue", "da", "domestic-abuse"),
        ("issue", "wnb", "was-not-brought"),
        ("issue", "ir", "information-request"),
        ("category", "q", "no-abuse-process-query"),
        ("category", "pq", "no-abuse-process-query"),
        ("action", "ao", "advice-only"),
        ("outcome", "aa", "advice-accepted"),
        ("role", "hv", "health-visitor"),
        ("verified", "k", "known-number"),
    ],
)
def test_an_abbreviation_picks_its_code(name: str, short: str, code: str) -> None:
    assert short in found(load("somerset"), name, code).short


def test_services_outside_the_trust_are_marked() -> None:
    services = load("somerset").lists["service"]
    assert {code.code for code in services if code.group == "external"} == EXTERNAL


def test_local_codes_stand_beside_what_they_stand_for() -> None:
    offered = [code.code for code in load("somerset").codes("service", TODAY)]
    assert offered[:5] == ["ED-MPH", "ED-YDH", "UTC/MIU", "PAED-MPH", "PAED-YDH"]
    assert offered[-1] == "OTHER"


def test_every_contact_must_hold_the_same_few_things() -> None:
    assert load("somerset").close == load("generic").close
    assert " ".join(load("somerset").close) == (
        "channel hours service role verified child category issues actions outcome"
    )


def test_a_concern_asks_where_the_child_is_and_a_process_query_does_not() -> None:
    for code in load("somerset").lists["category"]:
        concern = code.code != "no-abuse-process-query"
        assert code.asks == (("where_now", "notes") if concern else ())


@pytest.mark.parametrize(
    ("code", "who", "due"),
    [
        ("verbal-csc-caller", "caller", "2h"),  # now: the call itself
        ("verbal-csc-spoc", "desk", "2h"),
        ("edt-referral", "", "2h"),
        ("written-referral", "", "24h"),  # written follow-up of a telephone referral
        ("confirm-csc-rung", "desk", "2h"),
        ("csc-decision", "desk", "1wd"),
        ("csc-chase", "desk", "3wd"),
        ("strategy-attended", "", "24h"),  # minutes
        ("fgm-report", "caller", "1wd"),  # the professional's own, by close of the next working day
        ("lado", "", "1wd"),
        ("call-back", "", ""),
    ],
)
def test_a_promise_asks_who_and_when_with_the_sources_usual_value(
    code: str, who: str, due: str
) -> None:
    action = found(load("somerset"), "action", code)
    assert (action.asks, action.who, action.due) == (("who", "due"), who, due)


@pytest.mark.parametrize("code", ["advice-only", "sbar-completed", "records-reviewed", "told-999"])
def test_what_is_done_in_the_call_asks_nothing(code: str) -> None:
    assert found(load("somerset"), "action", code).asks == ()


def test_what_nobody_has_confirmed_says_so() -> None:
    pack = load("somerset")
    assert not found(pack, "verified", "switchboard").source.confirmed
    assert not found(pack, "record-system", "epr").source.confirmed
    assert found(pack, "issue", "bruise-nonmobile").source.confirmed


def test_opening_hours_are_data() -> None:
    assert load("somerset").hours["csc"] == "Mon-Fri 08:30-17:00"


def test_a_withdrawn_code_keeps_its_words() -> None:
    pack = load("somerset")
    assert pack.label("service", "ED") == load("generic").label("service", "ED")
    assert "ED" not in [code.code for code in pack.codes("service", TODAY)]
    assert "ED" in [code.code for code in load("generic").codes("service", TODAY)]


@pytest.mark.parametrize(
    ("name", "code", "label"),
    [
        ("issue", "carer-aggression", "Carer aggressive, or removing child against advice"),
        ("issue", "homelessness", "Homelessness or move across a border (council, country)"),
        ("action", "marac", "Domestic abuse risk checklist or conference (DASH, MARAC)"),
    ],
)
def test_a_code_that_meant_two_things_is_ended_and_keeps_its_words(
    name: str, code: str, label: str
) -> None:
    pack = load("generic")
    old = found(pack, name, code)
    assert old.label == label and old.effective_to and not old.short
    assert code not in [each.code for each in pack.codes(name, TODAY)]
    assert code in [each.code for each in pack.codes(name, date(2026, 10, 1))]


def test_a_somerset_desk_sees_its_own_procedures_first_and_other_places_as_examples() -> None:
    prompts = load("somerset").guide.prompt_by_code
    for code in ("T2", "T3", "T4", "T10", "T18", "T29", "T31"):
        first = prompts[code].sources[0]
        assert first.title.startswith("South West Child Protection Procedures")
        assert "to be confirmed locally" in first.title and not first.confirmed
    assert "step" in " ".join((*prompts["T18"].do, *prompts["T18"].tells))
    for each in (source for prompt in prompts.values() for source in prompt.sources):
        if each.key in ("003", "004", "hospital", "lado", "left-unseen", "non-mobile", "cp-is"):
            assert each.title.startswith(("Example from ", "Examples from ")), each.title


def test_what_is_to_be_confirmed_is_counted_and_a_trust_that_confirms_lessens_it(
    folder: Path,
) -> None:
    before = load("somerset", folder).unconfirmed
    add(
        folder,
        "somerset/pack.toml",
        '[[source]]\nkey = "hospital"\ntitle = "Ours"\nedition = "2"\nreview = 2027-01-31\n',
    )
    assert 0 < load("somerset", folder).unconfirmed < before


def add(folder: Path, file: str, text: str) -> int:
    """Writes lines at the end of a file, and says on which line the first of them stands."""
    path = folder / file
    before = path.read_text("utf-8") if path.exists() else ""
    path.write_text(before + text, "utf-8")
    return before.count("\n") + 1
