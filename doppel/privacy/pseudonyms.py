"""The rule of the house: contact data under pseudonyms of the same shape, secrets removed."""

from __future__ import annotations

from functools import partial

from doppel.privacy.contacts import find_contacts
from doppel.privacy.disguise import Disguises
from doppel.privacy.phones import known_regions
from doppel.privacy.stage import Privacy, find_secrets


def pseudonyms(*, regions: list[str], mapping: str | None) -> Privacy:
    """The stage. Raises: ConfigError for an unknown region; DataError for a mapping that would be shown to others."""
    known = known_regions(regions)
    disguises = Disguises(known)
    contacts = partial(find_contacts, regions=known, is_known=disguises.knows)
    return Privacy([find_secrets, contacts], disguises, mapping)
