"""Near spellings, sound-alikes and short forms: the words of all names, in memory, and which of them a typed
word may mean."""

import threading
from collections import defaultdict
from weakref import WeakKeyDictionary

from spoc.guidance.naming import lore
from spoc.model.persons.names import slips, sound
from spoc.model.values.tokens import fold
from spoc.storage.store import Store

NEAR_FROM = 3  # letters: a shorter word has too many neighbours
HEARD_FROM = 4  # letters: shorter beginnings of a name sound like too many
MOST = 20  # near spellings of one word


class _Vocabulary:
    """The words by their length and by their sound, read up to the last one that was new."""

    def __init__(self) -> None:
        self.gate = threading.Lock()
        self.last = 0
        self.by_length: defaultdict[int, dict[str, None]] = defaultdict(dict)
        self.by_sound: defaultdict[str, dict[str, None]] = defaultdict(dict)

    def read_on(self, store: Store) -> None:
        """Adds the words that came since; a word that is gone finds nobody and does no harm."""
        for n, term in store.reader.conn.execute(
            "SELECT n, term FROM name_word WHERE n > ? ORDER BY n", (self.last,)
        ):
            self.last = n
            self.by_length[len(term)][term] = None
            self.by_sound[sound(term)][term] = None


_known: "WeakKeyDictionary[Store, _Vocabulary]" = WeakKeyDictionary()


def near_spellings(store: Store, word: str) -> list[str]:
    """The words of names that the word may be meant for, typing slips first, the nearest before; then those
    that sound alike, and other forms of the name. Never itself.

    One slip (a letter more, less, different, or two swapped) up to five letters, otherwise two.
    """
    from rapidfuzz import distance, process

    word = fold(word)
    if word.isdigit() or len(word) < 2:
        return []
    vocabulary = _known.setdefault(store, _Vocabulary())
    forms = sorted(lore().others(word))
    with vocabulary.gate:
        vocabulary.read_on(store)
        also = [each for each in forms if each in vocabulary.by_length.get(len(each), ())]
        if len(word) < NEAR_FROM:
            return also
        most = slips(word)
        known = [
            term
            for length in range(len(word) - most, len(word) + most + 1)
            for term in vocabulary.by_length.get(length, ())
        ]
        heard = sound(word) if len(word) >= HEARD_FROM else ""
        alike = [*vocabulary.by_sound.get(heard, ())] if len(heard) > 1 else []
    found = process.extract(
        word, known, scorer=distance.OSA.distance, score_cutoff=most, limit=MOST
    )
    slipped = [term for term, _, _ in found]
    return [each for each in dict.fromkeys([*slipped, *also, *alike[:MOST]]) if each != word]
