"""presidio's recognisers one by one: no language model, no network, and none of the learning libraries."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Name = Literal["email", "card", "iban", "ip", "bitcoin", "ssn"]

# presidio imports spaCy, and with it each of these that is installed: 5 seconds and 425 MB, against 1 second and 104 MB
# without them. The recognisers used here are patterns and check digits and use none.
LEARNING = ("torch", "transformers", "tensorflow", "cupy", "mxnet")
ENOUGH = 0.5  # score from which a find counts: below are patterns that say of themselves that they are weak


@contextmanager
def _without(names: tuple[str, ...]) -> Iterator[None]:
    """While it lasts, these packages cannot be imported, unless they already are."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None is how Python marks what is not there
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


@cache
def _recognisers() -> dict[str, tuple[Any, ...]]:
    with _without(LEARNING):
        from presidio_analyzer import Pattern
        from presidio_analyzer.predefined_recognizers import (
            CreditCardRecognizer,
            CryptoRecognizer,
            EmailRecognizer,
            IbanRecognizer,
            IpRecognizer,
            UsSsnRecognizer,
        )
    has_public_domain = _domain_check()

    class LocalEmailRecognizer(EmailRecognizer):
        """Judges domains by the list that tldextract brings along: its default fetches the newest from the network."""

        def validate_result(self, pattern_text: str) -> bool:
            return has_public_domain(pattern_text)

    # Mastercard's second series and Mir, which presidio's own pattern lacks.
    two_series = Pattern("Credit cards that begin with 2", r"\b2[0-7]\d{2}[- ]?\d{4}[- ]?\d{4}[- ]?\d{4}\b", 0.3)
    return {
        "email": (LocalEmailRecognizer(),),
        "card": (CreditCardRecognizer(), CreditCardRecognizer(patterns=[two_series])),
        "iban": (IbanRecognizer(),),
        "ip": (IpRecognizer(),),
        "bitcoin": (CryptoRecognizer(),),
        "ssn": (UsSsnRecognizer(),),
    }


def _domain_check() -> Callable[[str], bool]:
    import tldextract

    extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    return lambda text: extract(text).fqdn != ""


def recognised(name: Name, piece: str) -> list[tuple[int, int]]:
    """Start and end of what the recogniser takes for the real thing. Pieces are short: its patterns are not linear."""
    return [
        (result.start, result.end)
        for recogniser in _recognisers()[name]
        for result in recogniser.analyze(piece, recogniser.supported_entities)
        if result.score >= ENOUGH
    ]
