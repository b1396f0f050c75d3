"""Who is a persona, and whose turns are learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from doppel.errors import ConfigError, DataError

if TYPE_CHECKING:
    from doppel.types import Cast

Learn = Literal["persona", "everyone"] | list[str | int]


class Roles:
    """What samples ask of the cast. All ids of a persona are one speaker, known by the first of them."""

    def __init__(self, cast: Cast, learn: Learn) -> None:
        """Raises: DataError for one of `learn` who is nobody, or several people; ConfigError for one left out."""
        self.cast = cast
        self.speaker_of = {who: min(persona.ids) for persona in cast.personas for who in persona.ids}
        self.personas = frozenset(self.speaker_of.values())
        # One account of a persona may be left out: none of its words come here, and the other is learnt.
        self.unlearnt = cast.unlearnt.difference(self.speaker_of)
        self.learns_everyone = learn == "everyone"
        self.learnt = self.personas if isinstance(learn, str) else self._found(learn)

    def speaker(self, sender_id: str) -> str:
        """The id that stands for everything this person wrote."""
        return self.speaker_of.get(sender_id, sender_id)

    def is_learnable(self, speaker_id: str) -> bool:
        """Whether the words of this speaker enter the loss."""
        return speaker_id in self.learnt or (self.learns_everyone and speaker_id not in self.unlearnt)

    def wanted(self) -> str:
        """Who is to be learnt, in words."""
        if self.learns_everyone:
            return "anyone"
        names = {
            min(persona.ids): f"{persona.name} ({', '.join(sorted(persona.ids))})" for persona in self.cast.personas
        }
        return " or ".join(names.get(speaker_id, speaker_id) for speaker_id in sorted(self.learnt))

    def _found(self, learn: list[str | int]) -> frozenset[str]:
        found: set[str] = set()
        for word in learn:
            try:
                ids = self.cast.find(str(word))
            except DataError as error:
                raise DataError(f"samples.learn: {error}") from error
            if ids <= self.unlearnt:
                raise ConfigError(
                    f"samples.learn names {word}, whose words filters.people does not let be learnt: take that name "
                    "out of samples.learn, or out of filters.people.exclude (where filters.people.include_only names "
                    "others, add it there)"
                )
            found |= ids
        if not found:
            raise DataError("samples.learn=[] names nobody: accepted are persona, everyone, or ids and names")
        return frozenset(map(self.speaker, found))
