"""Names of people, and the names that stand for them: the same everywhere, in the case of the sentence."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from doppel.privacy.given_names import SCRIPTS, Full, Script, alike, common, fulls, shorts
from doppel.privacy.letters import cased
from doppel.privacy.name_words import CLEAR, is_no_name, is_title, label, likeness, may_be_somebody, script_of
from doppel.privacy.pools import Pools
from doppel.privacy.russian import Reading, declined, is_known, is_ordinary, reading, without_yo
from doppel.privacy.spans import NAME
from doppel.privacy.words import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from doppel.privacy.disguise import Disguises

WORD = re.compile(r"(?<![\w@])[^\W\d_]{2,}(?![\w@]|\.[a-z])")
REMEMBERED = 100_000  # spellings whose judgement is kept; then the memory of them begins anew


class Judged(NamedTuple):
    """What becomes of a spelling."""

    new: str
    is_clear: bool  # False: an ordinary word too, which begins sentences


class Roster:
    """name -> pseudonym: a given name for a given name with its short forms, a surname for a surname."""

    def __init__(self, disguises: Disguises) -> None:
        self._disguises = disguises
        self._pools = Pools()
        self._fulls: dict[tuple[Script, Full], Full] = {}
        self._forms: dict[str, str] = {}  # lower-case form -> the form that replaces it
        self._close: set[str] = set()  # forms of the names of the chats' own people
        self._given: set[str] = set()  # pseudonyms: not to be replaced once more
        self.chosen: dict[str, dict[str, str]] = defaultdict(dict)  # sort of a name -> the name -> its pseudonym
        self._surnames: dict[str, str] = {}  # of others, by what stands before them -> those that replace them
        self._judged: dict[str, Judged | None] = {}
        self._nameless: set[str] = set()  # what stands between blanks and holds no name

    def go_on(self, chosen: Mapping[str, Mapping[str, str]]) -> None:
        """Takes the choices of an earlier list: whoever is met again is called the same."""
        for sort, pseudonyms in chosen.items():
            self.chosen[sort].update(pseudonyms)
            self._pools.avoid(new.partition(" ")[0] for new in pseudonyms.values())

    def _choice(self, sort: str, name: str, choose: Callable[[], str]) -> str:
        known = self.chosen[sort]
        if name not in known:
            known[name] = choose()
        return known[name]

    def learn(self, names: Iterable[str]) -> None:
        """Takes the display names of the chats' people: each part of them gets its pseudonym."""
        parts = [[word for word in WORD.findall(name) if not is_no_name(word)] for name in names]
        words = {without_yo(word) for part in parts for word in part}
        self._pools.avoid(
            words | {full.name for word in words for script in SCRIPTS for full in fulls(script).get(word, [])}
        )
        for part in parts:
            before = set(self._forms)
            self._learn_person(part)
            self._close |= self._forms.keys() - before
        self._judged.clear()
        self._nameless.clear()

    def _learn_person(self, words: list[str]) -> None:
        readings = [label(word, place) for place, word in enumerate(words)]
        genders = [one.gender for one in reversed(readings) if one and one.gender]
        is_person = any(one and one.sort == "Name" for one in readings)
        for place, (word, one) in enumerate(zip(words, readings, strict=True)):
            script = script_of(word)
            if script is None:
                self._forms.setdefault(word, self._disguises.of(NAME, word))
            elif script == "english":
                self._learn_latin(word.lower(), is_first=place == 0)
            elif one is not None:
                self._learn_russian(one._replace(gender=one.gender or (genders[0] if genders else None)))
            elif is_person or not is_ordinary(without_yo(word)):
                self._learn_russian(Reading("Surn", without_yo(word), None, 0.0))

    def _learn_latin(self, word: str, *, is_first: bool) -> None:
        if is_first or word in fulls("english"):
            self._learn_given(word, None, "english")
        elif word not in self._forms:
            new = self._choice("english surname", word, lambda: self._pools.surname(word, "english"))
            self._add({word: new}, new)

    def _learn_russian(self, one: Reading) -> None:
        if one.sort == "Name":
            self._learn_given(one.lemma, one.gender, "russian")
        elif one.lemma not in self._forms:
            self._pools.avoid((one.lemma,))
            is_patronymic = one.sort == "Patr"
            new = self._choice(
                "russian patronymic" if is_patronymic else "russian surname",
                one.lemma,
                lambda: self._pools.patronymic() if is_patronymic else self._pools.surname(one.lemma, "russian"),
            )
            self._add(declined(one.lemma, new, one.sort), new)

    def _learn_given(self, form: str, gender: str | None, script: Script) -> None:
        """A given name is learnt whole: its full form and all its short ones."""
        if form in self._forms:
            return
        full = self._full(form, gender, script)
        if (script, full) not in self._fulls:
            self._pools.avoid((full.name, form))
            chosen = self._choice(script, " ".join(full), lambda: " ".join(self._pools.given_name(script, full.gender)))
            name, _, its_gender = chosen.partition(" ")
            self._fulls[script, full] = Full(name, its_gender)
        new = self._fulls[script, full]
        for one in dict.fromkeys((full.name, *shorts(script).get(full, []), form)):
            other = alike(one, full, new, script)
            self._add(declined(one, other, "Name") if script == "russian" else {one: other}, other)

    def _full(self, form: str, gender: str | None, script: Script) -> Full:
        """The full name behind a form: of the gender if that is known, one of the chats if there is one."""
        candidates = [full for full in fulls(script).get(form, []) if gender in (None, full.gender)]
        known = [full for full in candidates if (script, full) in self._fulls]
        listed = [full for full in candidates if " ".join(full) in self.chosen[script]]
        return next(iter(known + listed + candidates), Full(form, gender or "either"))

    def _add(self, forms: dict[str, str], pseudonym: str) -> None:
        self._forms = forms | self._forms
        self._given.add(pseudonym)

    def is_nameless(self, text: str) -> bool:
        """Whether no word of the text is a name: what most texts are, told without a look at each word."""
        words = text.split()
        if self._nameless.issuperset(words):
            return True
        if len(self._nameless) >= REMEMBERED:
            self._nameless.clear()
        new = [word for word in words if word not in self._nameless]
        named = [word for word in new if any(is_title(one) or self.judge(one) for one in WORD.findall(word))]
        self._nameless.update(set(new).difference(named))
        return not named

    def judge(self, word: str) -> Judged | None:
        """What becomes of a word of a text; None where it stays."""
        if word not in self._judged:
            if len(self._judged) >= REMEMBERED:
                self._judged.clear()
            self._judged[word] = self._judgement(word)
        return self._judged[word]

    def _judgement(self, word: str) -> Judged | None:
        script, key = script_of(word), without_yo(word)
        if script is None:
            return Judged(self._forms[word], is_clear=True) if word in self._forms else None
        share, needs_capital = likeness(key, script)
        has_capital = word[0].isupper()
        if key not in self._forms and word.istitle() and script == "russian" and may_be_somebody(key, share):
            self._discover(key)
        if key not in self._forms and word.istitle() and script == "english" and key in common():
            self._discover_latin(key)
        if key not in self._forms or not (has_capital or (not needs_capital and key in self._close)):
            return None
        return Judged(cased(self._forms[key], word), share >= CLEAR)

    def _discover(self, key: str) -> None:
        """Takes a name that texts tell of somebody else."""
        found = reading(key)
        if found and found.lemmas and is_known(key) and self._given.isdisjoint(found.lemmas):
            self._learn_russian(found)

    def _discover_latin(self, key: str) -> None:
        """Takes a first name that texts tell of somebody else."""
        if key not in self._given:
            self._learn_given(key, common()[key], "english")

    def surname(self, word: str) -> str | None:
        """What replaces a word beside a first name or a title; None where it is no surname. It is not known alone."""
        key = word.lower()
        if script_of(word) != "english" or not word.istitle() or key in table("given_names")["found"]["no_surnames"]:
            return None
        if key in self._given or key in self._surnames.values():
            return None
        if key in self._forms:
            return cased(self._forms[key], word)
        if key not in self._surnames:
            self._surnames[key] = self._pools.surname(key, "english")
        return cased(self._surnames[key], word)

    def shown(self, name: str) -> str:
        """A display name under which its bearer is not known; marks and pictures stay."""
        return re.sub(r"\S+", lambda match: self._shown_part(match.group()), name)

    def _shown_part(self, part: str) -> str:
        if any(sign.isdecimal() for sign in part) and any(sign.isalpha() for sign in part) and "@" not in part:
            return self._disguises.of(NAME, part)
        return self.words(part)

    def words(self, text: str) -> str:
        """A text of names alone with each word that is a name replaced."""
        return WORD.sub(lambda match: self._shown_word(match.group()), text)

    def _shown_word(self, word: str) -> str:
        known = self._forms.get(without_yo(word), self._forms.get(word))
        if known is not None:
            return cased(known, word)
        judged = self.judge(word)
        return judged.new if judged else word
