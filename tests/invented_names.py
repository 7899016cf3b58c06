"""Invented names of families: given names, family names, and the short or other forms of given names that
people use on the telephone."""

COMMUNITIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "english": (
        (
            *("Tyler", "Jessica", "Oliver", "Amelia", "Harry", "Grace", "Alfie", "Ruby", "Connor"),
            *("Lily-Mae", "Thomas", "Elizabeth", "William", "Katherine", "Benjamin", "Charlotte"),
        ),
        (
            *("Brook", "Doyle", "Smith-Jones", "Hargreaves", "Whitcombe", "Taylor", "Ashworth"),
            *("Fairweather", "Pike", "Turner", "Wainwright", "Cole"),
        ),
    ),
    "welsh": (
        ("Rhys", "Siân", "Dafydd", "Ffion", "Llewelyn", "Carys", "Ieuan", "Angharad", "Gethin"),
        ("Jones", "ap Rhys", "Llewellyn", "Prydderch", "Gwynne", "Powell", "Bevan"),
    ),
    "irish": (
        ("Niamh", "Siobhán", "Oisín", "Caoimhe", "Seán", "Aoife", "Pádraig", "Róisín", "Cillian"),
        ("O'Brien", "Mac Donald", "McCarthy", "Ó Súilleabháin", "O'Donoghue", "McGrath", "Byrne"),
    ),
    "polish": (
        ("Łukasz", "Zofia", "Wojciech", "Agnieszka", "Jakub", "Małgorzata", "Stanisław", "Kacper"),
        ("Wiśniewski", "Wójcik", "Zieliński", "Kamińska", "Dąbrowski", "Świątek", "Łuczak"),
    ),
    "romanian": (
        ("Ștefan", "Ioana", "Andrei", "Elena", "Ionuț", "Mădălina", "Răzvan", "Cătălina"),
        ("Țurcanu", "Popescu", "Ionescu", "Bălan", "Munteanu", "Drăgulescu", "Ciobanu"),
    ),
    "south-asian": (
        ("Muhammad", "Aisha", "Arjun", "Priya", "Harpreet", "Zainab", "Imran", "Ananya", "Yusuf"),
        ("Chowdhury", "Hussain", "Singh", "Patel", "Begum", "Khan", "Venkataraman", "Kaur"),
    ),
    "arabic": (
        ("Ahmad", "Fatima", "Khalid", "Layla", "Abdul Rahman", "Mariam", "Yousef", "Noor"),
        ("al-Hashimi", "El Sayed", "Haddad", "Al Mansour", "Khoury", "bin Rashid", "Nasser"),
    ),
    "somali": (
        ("Abdi", "Hodan", "Idil", "Mahamed", "Ayaan", "Faduma", "Liban", "Sahra", "Warsame"),
        ("Warsame Ali", "Farah Nur", "Hassan Jama", "Abdullahi Omar", "Isse Yusuf", "Adan Guled"),
    ),
    "chinese": (
        ("Xiao Ming", "Wei", "Mei Ling", "Jun Jie", "Li Na", "Hao Ran", "Yi", "Zi Han"),
        ("Wang", "Zhang", "Chen", "Ouyang", "Liu", "Huang", "Zhou", "Lü"),
    ),
    "west-african": (
        ("Oluwaseun", "Chidinma", "Kwame", "Adaeze", "Babatunde", "Ngozi", "Kofi", "Temitope"),
        ("Okonkwo", "Adeyemi", "Mensah", "Nwosu", "Oyelaran", "Boateng", "Afolabi", "Ọlápàdé"),
    ),
    "traveller": (
        ("Paddy", "Bridget", "Martin", "Margaret", "Jimmy", "Kathleen", "Michael", "Winifred"),
        ("Ward", "McDonagh", "Connors", "Cash", "O'Driscoll", "Maughan", "Stokes", "Delaney"),
    ),
    "dutch-and-nordic": (
        ("Søren", "Björn", "Anneke", "Mæve", "Jürgen", "Ingrid", "Françoise", "İlkay"),
        ("van der Berg", "von Groß", "Ødegaard", "de la Cruz", "Müller", "Løkken", "Yıldız"),
    ),
}

SHORT_FORMS: dict[str, str] = {
    "Tyler": "Ty",
    "Jessica": "Jess",
    "Oliver": "Ollie",
    "Amelia": "Millie",
    "Harry": "Henry",
    "Thomas": "Tom",
    "Elizabeth": "Libby",
    "William": "Billy",
    "Katherine": "Katie",
    "Benjamin": "Ben",
    "Charlotte": "Lottie",
    "Siân": "Sharn",
    "Dafydd": "Dai",
    "Ieuan": "Evan",
    "Niamh": "Neve",
    "Siobhán": "Shivaun",
    "Oisín": "Osheen",
    "Caoimhe": "Keeva",
    "Seán": "Shaun",
    "Aoife": "Eefa",
    "Pádraig": "Paddy",
    "Łukasz": "Lucas",
    "Zofia": "Zosia",
    "Wojciech": "Wojtek",
    "Agnieszka": "Aga",
    "Jakub": "Kuba",
    "Małgorzata": "Gosia",
    "Stanisław": "Staszek",
    "Ștefan": "Fane",
    "Ionuț": "Nuțu",
    "Mădălina": "Mada",
    "Cătălina": "Cata",
    "Muhammad": "Mohd",
    "Aisha": "Ayesha",
    "Zainab": "Zaynab",
    "Yusuf": "Yousuf",
    "Harpreet": "Preet",
    "Ahmad": "Ahmed",
    "Fatima": "Fatma",
    "Abdul Rahman": "Abdulrahman",
    "Mariam": "Maryam",
    "Layla": "Leila",
    "Mahamed": "Mohamed",
    "Faduma": "Fatima",
    "Oluwaseun": "Seun",
    "Chidinma": "Chichi",
    "Adaeze": "Ada",
    "Babatunde": "Tunde",
    "Temitope": "Temi",
    "Margaret": "Peggy",
    "Bridget": "Biddy",
    "Kathleen": "Kath",
    "Michael": "Mick",
    "Winifred": "Winnie",
    "Jimmy": "James",
    "Martin": "Marty",
}

PLACES = (
    *("Orchard Close", "Priory Row", "Canal Street", "Station Road", "Mill Lane", "Quantock View"),
    *("Harbour Way", "Blackdown Rise", "Castle Green", "Chapel Hill", "Silver Street", "Moor End"),
)
