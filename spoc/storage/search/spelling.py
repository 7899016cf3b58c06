"""Near spellings: the words of all names, kept in memory, and which of them a word may be meant for."""

import threading
from collections import defaultdict
from weakref import WeakKeyDictionary

from spoc.model.values.terms import fold
from spoc.storage.store import Store

NEAR_FROM = 3  # letters: a shorter word has too many neighbours
MOST = 20  # near spellings of one word


class _Vocabulary:
    """The words by their length, read up to the last one that was new."""

    def __init__(self) -> None:
        self.gate = threading.Lock()
        self.last = 0
        self.by_length: defaultdict[int, dict[str, None]] = defaultdict(dict)

    def read_on(self, store: Store) -> None:
        """Take in the words that came since; one that went finds nobody and does no harm."""
        for n, term in store.reader.conn.execute(
            "SELECT n, term FROM name_word WHERE n > ? ORDER BY n", (self.last,)
        ):
            self.last = n
            self.by_length[len(term)][term] = None


_known: "WeakKeyDictionary[Store, _Vocabulary]" = WeakKeyDictionary()


def near(store: Store, word: str) -> list[str]:
    """The words of names that the word may be a slip of the finger for, nearest first; never itself.

    One slip (a letter more, less, another or two that changed places) up to five letters, else two.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    word = fold(word)
    if len(word) < NEAR_FROM or word.isdigit():
        return []
    slips = 1 if len(word) <= 5 else 2
    vocabulary = _known.setdefault(store, _Vocabulary())
    with vocabulary.gate:
        vocabulary.read_on(store)
        known = [
            term
            for length in range(len(word) - slips, len(word) + slips + 1)
            for term in vocabulary.by_length.get(length, ())
        ]
    found = process.extract(word, known, scorer=OSA.distance, score_cutoff=slips, limit=MOST)
    return [term for term, _, _ in found if term != word]
