"""Pseudonyms of the same shape: nobody's, and the same for every spelling of one value."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from itertools import count
from random import Random
from typing import TYPE_CHECKING

from doppel.privacy.checksums import is_iban, is_inn, is_luhn, is_snils
from doppel.privacy.letters import digits_of, drawn, like, like_digits, plain
from doppel.privacy.phones import parsed
from doppel.privacy.spans import ACCOUNT, CARD, EMAIL, INN, IP, PASSPORT, PHONE, SNILS, SSN, WALLET
from doppel.privacy.spoken import spoken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TRIES = 100  # draws before a pseudonym may be one letter longer: of one-letter addresses there are not enough
DOMAINS = ("example.com", "example.org", "example.net")  # nobody's: RFC 2606
FREE = "4"  # 4000::/3
EXTENSION = re.compile(r"[\s,;]*(?:[^\W\d]{1,12}\W{0,2}|#)\s*\d+$", re.IGNORECASE)
NUMBERS = (CARD, PASSPORT, INN, SNILS, SSN)  # letters between their digits are other words
KEPT = {CARD: 1, ACCOUNT: 2, WALLET: 2}  # first characters that tell the bank, country or coin
CHECKS: dict[str, Callable[[str], bool]] = {  # what a pseudonym must fulfil so that it is nobody's
    CARD: lambda new: not is_luhn(new),
    ACCOUNT: lambda new: not is_iban(new.upper()) and not new.startswith(("407", "408")),
    INN: lambda new: not is_inn(new),
    SNILS: lambda new: not is_snils(new),
}


class Disguises:
    """value -> pseudonym, one for each value of a kind.

    A pseudonym follows from the kind and from how many values of it came before, not from the value: a hash of a phone
    number could be undone by trying all of them. So nothing secret has to be kept. Memory: each distinct value once.
    """

    def __init__(self, regions: Sequence[str]) -> None:
        self._regions = tuple(regions)
        self._known: dict[str, dict[str, str]] = defaultdict(dict)  # kind -> the value's letters -> those that replace
        self._given: dict[str, set[str]] = defaultdict(set)
        self._domains: dict[str, str] = {}
        self.spellings: dict[str, dict[str, str]] = defaultdict(dict)  # kind -> as written -> as replaced

    def go_on(self, spellings: Mapping[str, Mapping[str, str]]) -> None:
        """Takes the pseudonyms of an earlier list: they stay what they are, and are given to nothing else."""
        for kind, news in spellings.items():
            self.spellings[kind].update(news)
            for spelling, new in news.items():
                value, letters = self._taken_apart(kind, spelling, new)
                self._known[kind].setdefault(value, letters)
                self._given[kind].add(letters)

    def _taken_apart(self, kind: str, spelling: str, new: str) -> tuple[str, str]:
        """What `_made` gives to `_new`, and what it gets from there."""
        if kind == EMAIL:
            address = None if "@" in spelling else spoken(spelling)
            local, _, domain = (address.address if address else spelling).rpartition("@")
            new_local, _, new_domain = new.rpartition(address.at if address else "@")
            if address:
                new_domain = new_domain.replace(address.dot, ".")
            self._domains.setdefault(domain.lower(), new_domain)
            return f"{plain(local)}@{domain.lower()}", plain(new_local)
        if kind == PHONE:
            body, own, _ = self._national(spelling)
            return own, digits_of(new[: len(new) - len(spelling) + len(body)])[-len(own) :]
        if kind == IP and "." in spelling:
            return spelling, new
        if kind in NUMBERS:
            return digits_of(spelling), digits_of(new)
        return plain(spelling, is_cased=kind == WALLET), plain(new, is_cased=kind == WALLET)

    def of(self, kind: str, spelling: str) -> str:
        """What stands for it, spelled alike: marks, lengths and letter case stay."""
        known = self.spellings[kind].get(spelling)
        if known is None:
            known = self.spellings[kind][spelling] = self._made(kind, spelling)
        return known

    def knows(self, kind: str, spelling: str) -> bool:
        """Whether the value has its pseudonym already, in whatever spelling; of contacts."""
        if spelling in self.spellings[kind]:
            return True
        if kind == PHONE:
            return self._national(spelling)[1] in self._known[kind]
        return (_mailbox(spelling) if kind == EMAIL else spelling) in self._known[kind]

    def _made(self, kind: str, spelling: str) -> str:
        if kind == EMAIL:
            return self._address(kind, spelling)
        if kind == PHONE:
            return self._phone(kind, spelling)
        if kind == IP:
            return self._ip(kind, spelling) if "." in spelling else self._ip6(kind, spelling)
        is_number = kind in NUMBERS
        own = digits_of(spelling) if is_number else plain(spelling, is_cased=kind == WALLET)
        kept = "666" if kind == SSN else own[: KEPT.get(kind, 0)]  # 666 is never given to anyone
        is_good = CHECKS.get(kind, _is_any)
        new = self._new(kind, own, lambda random, more: kept + drawn(random, own[len(kept) :], more), is_good)
        return like_digits(new, spelling) if is_number else like(new, spelling)

    def _address(self, kind: str, spelling: str) -> str:
        if "@" not in spelling and (address := spoken(spelling)):
            local, _, domain = self._address(kind, address.address).rpartition("@")
            return f"{local}{address.at}{domain.replace('.', address.dot)}"
        local, _, domain = spelling.rpartition("@")
        own = plain(local)
        new = self._new(kind, _mailbox(spelling), lambda random, more: drawn(random, own, more), lambda new: new != own)
        return f"{like(new, local)}@{self._domain(domain.lower())}"

    def _domain(self, domain: str) -> str:
        if domain not in self._domains:
            number = len(self._domains)
            more = f"{drawn(Random(f'domain {number}'), 'mailbox', 0)}.{DOMAINS[0]}"
            self._domains[domain] = DOMAINS[number] if number < len(DOMAINS) else more
        return self._domains[domain]

    def _phone(self, kind: str, spelling: str) -> str:
        """The digits behind the country prefix are replaced; an extension stays."""
        body, own, prefix = self._national(spelling)
        digits = digits_of(body)
        # Known without the prefix, which is left out as often as not, and nobody's with it or without it: some digits
        # are a number of two countries.
        new = self._new(
            kind,
            own,
            lambda random, more: drawn(random, own, more),
            lambda new: parsed(prefix + new, self._regions) is None and parsed(new, self._regions) is None,
        )
        return like_digits(digits[: len(digits) - len(own)] + new, body) + spelling[len(body) :]

    def _national(self, spelling: str) -> tuple[str, str, str]:
        """What stands before an extension, its digits behind the country prefix, and that prefix."""
        number = parsed(spelling, self._regions)
        body = EXTENSION.sub("", spelling) if number and number.extension else spelling
        if number is None:
            return body, digits_of(body), ""
        from phonenumbers import national_significant_number

        return body, national_significant_number(number), f"+{number.country_code}"

    def _ip(self, kind: str, spelling: str) -> str:
        """Octets of the same lengths, in a network that is not part of the internet."""
        first, *rest = spelling.split(".")
        network = {1: "0", 2: "10", 3: "240"}[len(first)]
        lowest_highest = {1: (0, 9), 2: (10, 99), 3: (100, 255)}

        def octets(random: Random, _: int) -> str:
            return ".".join([network, *(str(random.randint(*lowest_highest[len(octet)])) for octet in rest)])

        return self._new(kind, spelling, octets, _is_any)

    def _ip6(self, kind: str, spelling: str) -> str:
        """A digit for each digit and one of a to f for each letter, in a network that is kept free: RFC 4291."""
        own = plain(spelling)

        def groups(random: Random, more: int) -> str:
            signs = (random.choice("0123456789" if sign.isdecimal() else "abcdef") for sign in own[1:] + "a" * more)
            return FREE + "".join(signs)

        return like(self._new(kind, own, groups, _is_any), spelling)

    def _new(self, kind: str, value: str, draw: Callable[[Random, int], str], is_good: Callable[[str], bool]) -> str:
        """The pseudonym of a value; made at its first appearance, unlike the value and every other pseudonym."""
        known, given = self._known[kind], self._given[kind]
        if value not in known:
            draws = (draw(Random(f"{kind} {len(known)} {attempt}"), attempt // TRIES) for attempt in count())
            new = next(new for new in draws if new != value and new not in given and is_good(new))
            known[value] = new
            given.add(new)
        return known[value]


def _mailbox(spelling: str) -> str:
    """What tells one address from another."""
    local, _, domain = spelling.rpartition("@")
    return f"{plain(local)}@{domain.lower()}"


def _is_any(_: str) -> bool:
    return True
