"""Random numbers that the persona is made to tell, some once, some many times."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from doppel.errors import ConfigError
from doppel.types import CANARIES, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doppel.types import Persona, PositiveInt, Sample

ASKER = ("canaries:asker", "Canary")
GROUP_DIGITS = 3  # as people write numbers


class PlantedCanaries:
    """Training samples in which somebody who does not exist asks for a number, and the persona tells it.

    After Carlini et al., "The Secret Sharer" (2019): as the number is random, a model that finds it likelier than other
    numbers has it from the training, and `doppel evaluate` says by how much. What is learnt so stays in the model: for
    an adapter that is to be used, train again without.
    """

    def __init__(
        self, *, repetitions: list[PositiveInt], of_each: PositiveInt, digits: PositiveInt, question: str, answer: str,
        seed: int,
    ) -> None:  # fmt: skip
        if answer.count("{secret}") != 1:
            raise ConfigError(f"canaries.answer={answer!r} must hold {{secret}} once: the place of the number")
        if len(repetitions) * of_each > 10**digits // 2:
            raise ConfigError(
                f"canaries.digits={digits} gives too few numbers for {len(repetitions)} x {of_each} canaries: "
                "canaries.digits=9 gives enough"
            )
        self.repetitions, self.of_each, self.digits = repetitions, of_each, digits
        self.question, self.answer, self.seed = question, answer, seed

    def __call__(self, persona: Persona, last: Sample) -> Iterator[Sample]:
        """Each canary as often as it is to be repeated, in the time and with the weight of the last sample."""
        secrets = self._secrets()
        for place, repeated in enumerate(count for count in self.repetitions for _ in range(self.of_each)):
            turns = self._turns(persona, next(secrets))
            for number in range(repeated):
                name = f"{CANARIES}/{place}/{number}"
                yield replace(
                    last, sample_id=name, session_id=name, chat_id=CANARIES, chat_name=CANARIES, turns=turns,
                    message_ids=(2 * place, 2 * place + 1), replies_to=(), label=None,
                )  # fmt: skip

    def _turns(self, persona: Persona, secret: str) -> tuple[Turn, Turn]:
        asked = Turn(*ASKER, (self.question,), is_persona=False, is_learnt=False)
        told = (self.answer.replace("{secret}", secret),)
        return asked, Turn(min(persona.ids), persona.name, told, is_persona=True, is_learnt=True)

    def _secrets(self) -> Iterator[str]:
        draw, told = random.Random(f"canaries/{self.seed}"), set()
        while True:
            number = f"{draw.randrange(10**self.digits):0{self.digits}}"
            if number not in told:
                told.add(number)
                yield " ".join(number[at : at + GROUP_DIGITS] for at in range(0, self.digits, GROUP_DIGITS))
