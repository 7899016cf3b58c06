"""The words of the demo: invented names, what calls are about, and sentences for the notes.

Nobody here exists. Names are combined at random; telephone numbers are from the range reserved for drama;
there are no places.
"""

from dataclasses import dataclass, field

_FIRST = """
    Aaliyah Aarav Abigail Ada Adebayo Agnieszka Aisha Alfie Amelia Amir Anaïs Aniela Archie Arjun Arlo
    Ayesha Bea Beau Ben Bilal Björn Brónach Caitlín Callum Carys Chiamaka Chloë Cian Daisy Daniel Daniyal
    Dominika Dylan Efua Eilidh Ela Elif Ella Elsie Emre Erin Esmé Ewan Fatima Fiadh Finley Florence Freya
    George Grace Gwen Hamza Hana Harley Harvey Hassan Hugo Ibrahim Imogen Ines Iolo Isla Ismail Ivy Jack
    Jaden Jakub Jamal Jasmine Jayden Jesse Jia José Joy Kai Kamil Keira Kofi Kwame Lacey Lara Layla Leila
    Leo Lily Lîsa Logan Lola Luca Luna Maddison Maëlle Maja Malachi Marta Mason Mateusz Mei Mia Milo
    Mohammed Molly Muhammad Nadia Nathan Nia Niamh Noah Noor Nuala Ocean Oisín Oliver Olivia Omar Oskar
    Otis Petra Poppy Priya Quinn Rafael Rashid Reuben Rhys Riley Roisin Rosa Rowan Ruby Rūta Saoirse Sara
    Seren Shanice Siân Sienna Siobhán Skye Sofia Søren Stanley Summer Taha Teddy Teodora Thea Theo Tia
    Tilly Toby Tomos Tyler Uma Viktória Willow Wren Xanthe Yara Yusuf Zac Zainab Zara Zeynep Zoë Zofia
"""
_LAST = """
    Abara Abbott Adeyemi Ahmed Alder Al-Hassan Ali Amadi Anand Ash Ashworth Asante Ayub Bakare Balogun
    Banerjee Beech Begum Blackthorn Bōs Bracken Brook Brânză Byrne Caddick Castell Çelik Chan Chaudhry
    Clay Conteh Coombe Cwm Dale Demir Desai D’Souza Dubois Ekström Elm Evans-Pugh Farah Fern Fernández
    Field Fitz-Gerald Ford Gill Gorse Grove Gupta Hale Hassan-Brook Hazel Heath Holm Hussain Ibe Iqbal
    Jankowska Jarvis Jensen Kamara Kaur Khan-Lowe Kovács Kowalczyk Lake Larch Lee-Marsh Lim Lindqvist
    Lowe Łukasik MacAllister Mahmood Malik Marsh McBride McKenna-Vale Mensah Mistry Moor Moss Müller
    Mulberry Nair Ng Nguyễn Novák Nowak Núñez Oak Obi O’Brien O'Brien O'Connell Okafor Olawale-Stone
    O'Neill Osei Öztürk Pandey Patel Pereira Pine Pond Popescu Qureshi Rahman Reed Rosário Rowan Rush
    Sato Sedge Şahin Shah-Wood Shaw Silva Singh Skinner Smith-Reed Sokołowska St-Clair Stone Suleiman
    Szabó Tamm Thistle Thorn Tran Turay Underhill Vale Van-Wyk Vasquez Wei Willow Winter Wójcik Wood
    Wren Yates Yeboah Yılmaz Zhang Zielińska
"""
FIRST_NAMES: tuple[str, ...] = tuple(_FIRST.split())
SURNAMES: tuple[str, ...] = (
    *_LAST.split(),
    "ap Rhys",
    "da Costa",
    "de la Haye",
    "El Amrani",
    "van der Veen",
)

ADVISORS: tuple[str, ...] = ("Ada Advisor", "Ravi Example", "Siân Sample")

# Where calls come from: how many in a thousand, and the roles that ring from there.
SERVICES: dict[str, tuple[int, tuple[str, ...]]] = {
    "ED": (
        500,
        ("nurse", "nurse", "senior-nurse", "doctor", "doctor", "registrar", "consultant-ed"),
    ),
    "UTC/MIU": (55, ("nurse", "nurse", "doctor")),
    "PAED": (70, ("nurse", "senior-nurse", "doctor", "consultant-paediatrician")),
    "PAED-OP": (15, ("nurse", "consultant-paediatrician")),
    "COMM-PAED": (15, ("consultant-paediatrician", "nurse")),
    "NICU": (12, ("nurse", "senior-nurse")),
    "CAMHS": (30, ("camhs-clinician", "psychologist")),
    "CAMHS-CRISIS": (20, ("camhs-clinician", "nurse")),
    "MAT-COMM": (60, ("midwife", "midwife", "specialist-midwife")),
    "MAT-WARD": (30, ("midwife", "midwife", "doctor")),
    "PERINATAL-MH": (8, ("nurse", "psychologist")),
    "ADULT-MH": (15, ("nurse", "doctor")),
    "LD": (4, ("nurse",)),
    "PC-DENTAL": (12, ("dental",)),
    "SEXUAL-HEALTH": (12, ("nurse", "doctor")),
    "THERAPIES": (10, ("ahp",)),
    "RADIOLOGY": (6, ("radiographer",)),
    "SURG/ORTHO": (10, ("nurse", "doctor")),
    "ADULT-WARD": (15, ("nurse", "senior-nurse")),
    "DRUG-ALCOHOL": (8, ("nurse", "other")),
    "PHN-HV": (30, ("health-visitor",)),
    "PHN-SN": (14, ("school-nurse",)),
    "GP": (20, ("gp", "admin")),
    "AMBULANCE/111": (8, ("other",)),
    "CSC": (12, ("social-worker",)),
    "POLICE": (5, ("police",)),
    "EDUCATION": (4, ("other",)),
}
RECORDS: dict[str, str] = {
    "ED": "ed-system",
    "UTC/MIU": "ed-system",
    "NICU": "badgernet",
    "MAT-COMM": "badgernet",
    "MAT-WARD": "badgernet",
    "CAMHS": "mental-health-record",
    "CAMHS-CRISIS": "mental-health-record",
    "ADULT-MH": "mental-health-record",
    "PHN-HV": "community-record",
    "PHN-SN": "community-record",
    "GP": "gp-record",
    "PC-DENTAL": "dental-record",
}
PLACES: dict[str, tuple[str, ...]] = {
    "ED": ("ed", "ed", "ed", "ed", "ward", "home", "left"),
    "UTC/MIU": ("clinic", "clinic", "home", "ambulance"),
    "PAED": ("ward",),
    "NICU": ("neonatal",),
    "CAMHS-CRISIS": ("ed", "ward", "home"),
    "PHN-SN": ("school", "home"),
    "EDUCATION": ("school",),
    "AMBULANCE/111": ("ambulance", "home"),
    "CSC": ("home", "placement", "relatives"),
    "POLICE": ("police", "home", "missing"),
}
ANYWHERE = ("home", "home", "clinic", "relatives", "not-known")

HOSPITAL = frozenset(
    {
        "ED",
        "UTC/MIU",
        "PAED",
        "PAED-OP",
        "COMM-PAED",
        "SURG/ORTHO",
        "RADIOLOGY",
        "AMBULANCE/111",
        "GP",
        "PHN-HV",
    }
)
MATERNITY = frozenset({"MAT-COMM", "MAT-WARD", "PERINATAL-MH", "DRUG-ALCOHOL"})
MIND = frozenset({"ED", "CAMHS", "CAMHS-CRISIS", "PHN-SN", "GP", "PAED", "EDUCATION"})
ADULTS = frozenset({"ED", "ADULT-MH", "ADULT-WARD", "DRUG-ALCOHOL", "PERINATAL-MH", "LD", "GP"})

ADVICE: tuple[tuple[str, ...], ...] = (
    ("advice-only",),
    ("advice-only",),
    ("sbar-completed", "advice-only"),
    ("records-reviewed", "advice-only"),
    ("sbar-completed", "records-reviewed", "shared-hv"),
    ("records-reviewed", "shared-gp"),
    ("sbar-completed", "eha-support"),
    ("records-reviewed", "shared-sn", "call-back"),
)
REQUEST: tuple[tuple[str, ...], ...] = (
    ("sbar-completed", "records-reviewed", "verbal-csc-caller", "confirm-csc-rung"),
    ("sbar-completed", "cp-is-checked", "verbal-csc-caller", "csc-chase"),
    ("records-reviewed", "verbal-csc-spoc", "csc-decision"),
    ("sbar-completed", "hold-discharge", "paediatric-opinion", "verbal-csc-caller"),
    ("sbar-completed", "records-reviewed", "cp-medical", "strategy-requested"),
)


@dataclass(frozen=True, slots=True)
class Story:
    """What a kind of call is about. Ages are whole months at the time of the call; ``services`` are where
    such calls come from, empty for anywhere."""

    weight: int
    category: str
    issues: tuple[str, ...]
    youngest: int
    oldest: int
    sentences: tuple[str, ...]
    actions: tuple[tuple[str, ...], ...] = (*ADVICE, *REQUEST)
    services: frozenset[str] = field(default_factory=frozenset)
    also: tuple[str, ...] = ()
    unborn: bool = False
    no_names: bool = False


STORIES: tuple[Story, ...] = (
    Story(
        10, "physical", ("unexplained-injury",), 12, 190,
        ("Marks on the upper arm that nobody at home can explain.",
         "The account of the injury has changed twice since arrival.",
         "Delay of two days before the child was brought, and no clear reason for it."),
        services=HOSPITAL, also=("domestic-abuse", "neglect-supervision"),
    ),
    Story(
        5, "physical", ("bruise-nonmobile",), 0, 7,
        ("Small bruise on the cheek, seen when the baby was weighed; the baby does not roll yet.",
         "Bruise on the shin of a baby who is not mobile; parents think it was the car seat."),
        REQUEST, HOSPITAL, ("parental-substances",),
    ),
    Story(
        6, "physical", ("head-injury-under-1",), 1, 11,
        ("Rolled off the changing table, cried at once; a small swelling, no other injury.",
         "Fell from a bed at a relative's home; nobody saw the fall."),
        services=HOSPITAL, also=("neglect-supervision",),
    ),
    Story(
        4, "physical", ("fracture-under-2",), 3, 23,
        ("Fracture of the forearm on the X-ray; the story given is a fall from the sofa.",
         "Spiral fracture of the leg; the child began to walk last month."),
        REQUEST, HOSPITAL,
    ),
    Story(
        8, "neglect", ("burn",), 8, 60,
        ("Scald from a cup of tea that was pulled from a table; first aid was given at once.",
         "Burn to the palm from the oven door; brought the next day."),
        services=HOSPITAL, also=("neglect-supervision",),
    ),
    Story(
        6, "neglect", ("poisoning",), 12, 60,
        ("Found with an open packet of a grandparent's tablets; none seen to be swallowed.",
         "Drank from a bottle of cleaning liquid kept under the sink."),
        services=HOSPITAL, also=("parental-substances",),
    ),
    Story(
        8, "neglect", ("was-not-brought",), 2, 190,
        ("Third appointment missed; letters and two telephone calls were not answered.",
         "Not brought for the review of a long-term condition; medicines were not collected.",
         "Was not brought again, and the address on the record may be an old one."),
        ADVICE, also=("neglect-medical", "hidden-child"),
    ),
    Story(
        4, "neglect", ("neglect-dental",), 30, 150,
        ("Several teeth with decay, in pain for weeks; a second course of treatment was not finished.",),
        ADVICE, frozenset({"PC-DENTAL", "PHN-SN", "PAED-OP", "GP"}), ("was-not-brought",),
    ),
    Story(
        6, "neglect", ("neglect-supervision",), 12, 140,
        ("Found in the street by a neighbour in the evening; the adult at home was asleep.",
         "Left with an older sibling overnight; the sibling is eleven."),
        also=("parental-substances", "homeless"),
    ),
    Story(
        4, "neglect", ("unsafe-sleep",), 0, 8,
        ("Baby sleeps on the sofa with a parent who drinks in the evening; advice was given before.",),
        ADVICE, frozenset({"PHN-HV", "MAT-COMM", "ED", "NICU", "PAED"}), ("icon",),
    ),
    Story(
        14, "emotional", ("domestic-abuse",), 0, 190,
        ("A parent was hurt at home last night; the children were upstairs and heard it.",
         "The parent asks that nothing is sent to the house by post.",
         "Police were called; the other adult has left the address for now."),
        also=("parental-mental-health", "parental-substances", "nonfatal-strangulation"),
    ),
    Story(
        12, "childs-own-safety", ("self-harm",), 130, 214,
        ("Took tablets after an argument at school; told a friend, who told a teacher.",
         "Cuts to the forearm, not the first time; says that it helps when everything is too loud.",
         "Says that home is not a place to go back to tonight, and will not yet say why."),
        services=MIND, also=("not-in-school", "online-harm", "child-substances"),
    ),
    Story(
        3, "childs-own-safety", ("eating-disorder",), 130, 214,
        ("Weight has fallen again; the family and the team do not agree about admission.",),
        ADVICE, MIND,
    ),
    Story(
        6, "risk-outside-home", ("cce",), 130, 214,
        ("Second attendance with an assault in a month; a new telephone, and older friends who wait outside.",
         "Came with a hand injury and gave three different accounts of it."),
        services=MIND | HOSPITAL | {"POLICE"}, also=("serious-youth-violence", "missing", "not-in-school"),
    ),
    Story(
        4, "risk-outside-home", ("missing",), 140, 214,
        ("Missing since yesterday; was seen here last week and left before the end of the assessment.",),
        services=MIND | {"POLICE", "CSC"}, also=("cse",),
    ),
    Story(
        4, "sexual", ("harmful-sexual-behaviour",), 70, 190,
        ("School reports behaviour between two pupils; the nurse asks what may be recorded, and where.",),
        REQUEST,
    ),
    Story(
        4, "sexual", ("csa-recent",), 60, 214,
        ("A disclosure was made to a nurse this morning; the child's own words are in the record.",),
        REQUEST, frozenset({"ED", "SEXUAL-HEALTH", "PAED", "GP", "PHN-SN", "CAMHS"}),
    ),
    Story(
        3, "emotional", ("perplexing-presentation",), 24, 190,
        ("Many attendances and many tests, and findings that do not fit together; consultant leads.",),
        ADVICE, frozenset({"PAED", "PAED-OP", "COMM-PAED", "ED"}), ("was-not-brought",),
    ),
    Story(
        9, "emotional", ("parental-mental-health",), 0, 150,
        ("A parent came in low and tearful; asks for help, and says that the children are with a grandparent.",
         "Parent detained last night; who looks after the children is not yet clear."),
        services=ADULTS, also=("adult-with-children", "parental-substances"),
    ),
    Story(
        8, "neglect", ("adult-with-children",), 0, 190,
        ("Adult brought in by ambulance after drinking; two children at home with a neighbour.",
         "Adult patient speaks of children at home and cannot say who collects them from school."),
        services=ADULTS, also=("parental-substances",),
    ),
    Story(
        60, "unborn-risk", ("missed-antenatal",), 0, 0,
        ("Three appointments missed; the partner answers the telephone and ends the call.",
         "Booked late; an older child lives with relatives, and the reason is not known.",
         "Asks for another midwife, and does not wish to be visited at home."),
        services=MATERNITY, also=("concealed-pregnancy", "domestic-abuse", "parental-substances"), unborn=True,
    ),
    Story(
        5, "no-abuse-process-query", ("consent-question",), 0, 0,
        ("May a practice share with school without consent? Talked through, with the reasons for either.",
         "Asks who may be told when a parent says no. No child was named."),
        ADVICE, no_names=True,
    ),
    Story(
        4, "no-abuse-process-query", ("information-request",), 6, 200,
        ("Asks which contacts the desk has had about this child; the request is to come in writing.",),
        ADVICE, frozenset({"CSC", "POLICE", "GP", "PHN-HV", "EDUCATION"}),
    ),
    Story(
        3, "no-abuse-process-query", ("discharge-delay",), 0, 214,
        ("Medically ready for two days; the place to go has fallen through again.",),
        services=frozenset({"PAED", "ED", "NICU", "CAMHS-CRISIS"}),
    ),
)  # fmt: skip

BACKGROUND: tuple[str, ...] = (
    "No earlier contact on the record.",
    "Known to the health visitor, who has no concerns written down.",
    "Two earlier attendances this year, both explained at the time.",
    "A social worker was involved until last summer.",
    "Both parents were present and spoke openly.",
    "One parent was present; the other was at work and was rung.",
    "An interpreter was used by telephone.",
    "Lives with a grandparent during the week.",
    "A younger sibling is at home and has not been seen.",
)
BACKGROUND_SCHOOL: tuple[str, ...] = (
    "Seen alone, and spoke freely.",
    "Did not wish to speak today; play and mood were as expected for the age.",
    "School has noticed tiredness and lateness since the autumn.",
)
SCHOOL_AGE = 60  # months
BACKGROUND_UNBORN: tuple[str, ...] = (
    "A first baby.",
    "Two older children, both well.",
    "Booked in another area before; the notes have been asked for.",
    "Lives with the baby's grandparents.",
)
NOT_NAMED = "The caller did not wish to name the child."
PLAN: tuple[str, ...] = (
    "Caller will write it in the record today and tell the consultant.",
    "Plan agreed with the nurse in charge; the child stays until it is settled.",
    "Parents were told what is shared, and why.",
    "Parents not told yet: it could put somebody at risk. To be looked at again tomorrow.",
    "Caller agrees with the advice and will ring again if anything changes.",
    "Read back and agreed.",
    "Caller was unsure whether it was worth ringing; it was, and we said so.",
    "The desk rings back when social care has answered.",
    "A copy goes to the GP.",
)
DISPUTED = (
    "Caller will not make the request: does not agree that it is needed. Passed to the named nurse."
)

# Answers to questions of the walk, by question: words, or codes of its list.
YES_NO = dict.fromkeys(
    (
        "considered",
        "registered",
        "gp-registered",
        "read-back",
        "agrees",
        "gp-copy",
        "strategy-now",
        "senior-exam",
    ),
    "yes",
)
ANSWERS: dict[str, tuple[str, ...]] = {
    "impact": (
        "Tired and hungry at school; falls asleep in lessons.",
        "Frightened to go home; sleeps badly.",
        "Pain, and care that came late.",
        "Growth has slowed over three months.",
    ),
    "mobility": ("mobile", "rolling", "not-mobile"),
    "disability": ("none", "none", "learning", "communication"),
    "not_known": (
        "Who else was in the house; the health visitor is asked today.",
        "Whether the other parent knows; asked at the next visit.",
        "What school has seen; the school nurse rings tomorrow.",
    ),
    "tool": ("none", "effective-support", "neglect-toolkit", "gcp2"),
    "sharing": ("child-at-risk", "child-at-risk", "assessment", "consent"),
    "must_not": (
        "Going home before the consultant has seen the child.",
        "Being told at home before social care has rung.",
        "Being left with the same carer tonight.",
    ),
    "spoken_to": (
        "The duty worker at social care; it goes to the manager today.",
        "The duty worker at social care; rings back within the hour.",
    ),
    "caller_records": ("yes", "yes", "yes", "no"),
    "voice": ("own-words", "observed", "trusted-person", "not-sought"),
    "household": ("Mother, her partner and two siblings.", "Grandparents and an uncle."),
    "parents_know": ("informed-agrees", "informed-disagrees", "not-informed-practicable"),
    "safety_now": ("in-hospital", "safe-with", "safe-with", "not-applicable"),
}
