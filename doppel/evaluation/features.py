"""How a person writes, as counts over one reply: what style compares."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from doppel.evaluation.nouns import Burst
from doppel.evaluation.words import Lexicon, plain, words_of

# How two sums of counts differ: moved along a scale (Wasserstein), by shares (total variation, 0..1), as profiles of
# many entries (Jensen-Shannon, 0..1), or in how often two of them are the same (Simpson 1949, 0..1).
Kind = Literal["scale", "shares", "profile", "sameness"]
Counts = Counter[Hashable]

SMILEY = re.compile(r"[:;=8xX]['-]?[)(DPpOo3*/|]+|<3+|[\u00af]?\\_|(?<!\w)[xX]+D+(?!\w)")
MARKS = frozenset(".,!?\u2026-\u2013\u2014:;\"'`*/\u00ab\u00bb\u201c\u201d\u2019~")
ELONGATED = re.compile(r"([^\W\d_])\1\1")
OPENING, CLOSING = "(", ")"
NGRAM, LOOP_WORDS = 3, 3
FILLER_WORDS = 2  # a lone message of so many says little
MOST_MESSAGES = 10  # longer bursts are counted with these


@dataclass(frozen=True, slots=True)
class Feature:
    """A way to count, and how the counts of two sets of replies are compared."""

    name: str
    kind: Kind
    unit: str
    says: str
    count: Callable[[Burst, Lexicon], Counts]


def _lengths(burst: Burst, _: Lexicon) -> Counts:
    return Counter(len(text).bit_length() for text in burst)  # powers of two


def _messages(burst: Burst, _: Lexicon) -> Counts:
    return Counter([min(len(burst), MOST_MESSAGES)])


def _punctuation(burst: Burst, _: Lexicon) -> Counts:
    found = Counter[Hashable]()
    for text in burst:
        found.update(sign for sign in text if sign in MARKS)
        found["bare end" if text and (text[-1].isalnum()) else "other end"] += 1
    return found


def _smileys(burst: Burst, _: Lexicon) -> Counts:
    return Counter(_smiley(text) for text in burst)


def _smiley(text: str) -> str:
    if SMILEY.search(text):
        return "face"
    more = text.count(CLOSING) - text.count(OPENING)  # the Russian smile is a bracket that nothing opens
    return "none" if more == 0 else f"{CLOSING if more > 0 else OPENING}{min(abs(more), 3)}"


def _emoji(burst: Burst, _: Lexicon) -> Counts:
    found = Counter[Hashable](sign for text in burst for sign in text if _is_emoji(sign))
    found["without"] += sum(not any(map(_is_emoji, text)) for text in burst)
    return found


def _is_emoji(sign: str) -> bool:
    return sign > "\u2190" and unicodedata.category(sign) == "So"


def _casing(burst: Burst, _: Lexicon) -> Counts:
    return Counter(_case(text) for text in burst)


def _case(text: str) -> str:
    letters = [sign for sign in text if sign.isalpha()]
    if not any(sign.lower() != sign.upper() for sign in letters):
        return "no case"
    if all(sign.islower() for sign in letters):
        return "lower"
    if len(letters) > 1 and all(sign.isupper() for sign in letters):
        return "upper"
    return "sentence" if letters[0].isupper() else "mixed"


def _elongations(burst: Burst, _: Lexicon) -> Counts:
    return Counter("long" if ELONGATED.search(word) else "plain" for text in burst for word in words_of(text))


def _strange(burst: Burst, lexicon: Lexicon) -> Counts:
    return Counter(word in lexicon.known for text in burst for word in words_of(text))


def _vocabulary(burst: Burst, _: Lexicon) -> Counts:
    return Counter(word for text in burst for word in words_of(text))


def _function_words(burst: Burst, lexicon: Lexicon) -> Counts:
    return Counter(word if word in lexicon.common else "" for text in burst for word in words_of(text))


def _ngrams(burst: Burst, _: Lexicon) -> Counts:
    texts = [f" {text} " for text in burst]
    return Counter(text[at : at + NGRAM] for text in texts for at in range(len(text) - NGRAM + 1))


def _scripts(burst: Burst, _: Lexicon) -> Counts:
    return Counter(script for text in burst for sign in text if (script := _script(sign)))


@lru_cache(maxsize=4096)
def _script(sign: str) -> str:
    return unicodedata.name(sign, "?").partition(" ")[0] if sign.isalpha() else ""


def _filler(burst: Burst, _: Lexicon) -> Counts:
    says_little = len(burst) == 1 and len(words_of(burst[0])) <= FILLER_WORDS and "?" not in burst[0]
    return Counter([says_little])


def _question(burst: Burst, _: Lexicon) -> Counts:
    return Counter([bool(burst) and burst[-1].rstrip(" )(!").endswith("?")])


def _same(burst: Burst, _: Lexicon) -> Counts:
    return Counter([plain(burst)])


def _loops(burst: Burst, _: Lexicon) -> Counts:
    words = [word for text in burst for word in words_of(text)]
    runs = [tuple(words[at : at + LOOP_WORDS]) for at in range(len(words) - LOOP_WORDS + 1)]
    return Counter({"again": len(runs) - len(set(runs)), "new": len(set(runs))})


FEATURES = (
    Feature("message_length", "scale", "doublings", "characters of a message, by powers of two", _lengths),
    Feature("messages_per_burst", "scale", "messages", "messages sent in a row", _messages),
    Feature("punctuation", "profile", "", "signs used, and what messages end with", _punctuation),
    Feature("smileys", "shares", "", "brackets and faces: )))  :)  xD", _smileys),
    Feature("emoji", "profile", "", "which, and how often none", _emoji),
    Feature("casing", "shares", "", "lower, Sentence, UPPER or mixed case", _casing),
    Feature("elongations", "shares", "", "sooo many letters", _elongations),
    Feature("unknown_words", "shares", "", "words that nobody wrote in training: typos, names, nonsense", _strange),
    Feature("vocabulary", "profile", "", "which words", _vocabulary),
    Feature("function_words", "profile", "", "the commonest words, whatever the subject", _function_words),
    Feature("character_ngrams", "profile", "", "three characters in a row", _ngrams),
    Feature("scripts", "shares", "", "letters by alphabet: the mix of languages", _scripts),
    Feature("trivial_replies", "shares", "", "one message of at most two words", _filler),
    Feature("questions", "shares", "", "replies that end in a question", _question),
    Feature("same_replies", "sameness", "", "how often two replies are the same", _same),
    Feature("loops", "shares", "", "three words in a row said again within a reply", _loops),
)
