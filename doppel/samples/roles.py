"""Who is a persona, and whose turns are learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from doppel.errors import DataError

if TYPE_CHECKING:
    from doppel.types import Cast

Learn = Literal["persona", "everyone"] | list[str | int]


class Roles:
    """What samples ask of the cast. All ids of a persona are one speaker, known by the first of them."""

    def __init__(self, cast: Cast, learn: Learn) -> None:
        """Raises: DataError for one of `learn` who is nobody, or several people."""
        self.cast = cast
        self.speaker_of = {who: min(persona.ids) for persona in cast.personas for who in persona.ids}
        self.personas = frozenset(self.speaker_of.values())
        self.learns_everyone = learn == "everyone"
        self.learnt = self.personas if isinstance(learn, str) else self._found(learn)

    def speaker(self, sender_id: str) -> str:
        """The id that stands for everything this person wrote."""
        return self.speaker_of.get(sender_id, sender_id)

    def is_learnable(self, speaker_id: str) -> bool:
        """Whether the words of this speaker enter the loss."""
        return self.learns_everyone or speaker_id in self.learnt

    def wanted(self) -> str:
        """Who is to be learnt, in words."""
        if self.learns_everyone:
            return "anyone"
        names = {
            min(persona.ids): f"{persona.name} ({', '.join(sorted(persona.ids))})" for persona in self.cast.personas
        }
        return " or ".join(names.get(speaker_id, speaker_id) for speaker_id in sorted(self.learnt))

    def _found(self, learn: list[str | int]) -> frozenset[str]:
        try:
            found = frozenset[str]().union(*(self.cast.find(str(word)) for word in learn))
        except DataError as error:
            raise DataError(f"samples.learn: {error}") from error
        if not found:
            raise DataError("samples.learn=[] names nobody: accepted are persona, everyone, or ids and names")
        return frozenset(map(self.speaker, found))
