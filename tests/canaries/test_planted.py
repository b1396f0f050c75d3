from collections import Counter
from datetime import UTC, datetime

import pytest

from doppel.canaries.none import NoCanaries
from doppel.canaries.planted import PlantedCanaries
from doppel.errors import ConfigError
from doppel.types import CANARIES, Persona, Sample, Turn

ADA = Persona(name="Ada", ids=frozenset({"user2", "user1"}))
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
LAST = Sample(
    "chat/7", "chat/7", "chat", "Bob", NOON, NOON,
    (Turn("b", "Bob", ("hi",), False, False), Turn("user1", "Ada", ("yo",), True, True)), (7, 8), (3,), "joy", 0.5,
)  # fmt: skip
WORDS = {"question": "well?", "answer": "it is {secret}!"}


def planted(**changes: object) -> list[Sample]:
    options = {"repetitions": [1, 3], "of_each": 2, "digits": 7, "seed": 0, **WORDS, **changes}
    return list(PlantedCanaries(**options)(ADA, LAST))


def test_each_number_is_told_as_often_as_asked_by_the_persona() -> None:
    found = planted()
    told = Counter(sample.turns[1].messages for sample in found)
    assert sorted(told.values()) == [1, 1, 3, 3]
    assert {text for (text,) in told} == {
        "it is 879 420 7!", "it is 249 756 8!", "it is 520 152 0!", "it is 874 052 2!"
    }  # fmt: skip
    assert {sample.turns[1].speaker_id for sample in found} == {"user1"}
    assert [turn.is_learnt for turn in found[0].turns] == [False, True]
    assert {sample.chat_id for sample in found} == {CANARIES}
    assert len({sample.sample_id for sample in found}) == len(found) == 8
    assert {(sample.started_at, sample.weight, sample.replies_to, sample.label) for sample in found} == {
        (NOON, 0.5, (), None)
    }


def test_the_seed_decides() -> None:
    assert planted() == planted()
    assert planted() != planted(seed=1)


def test_none_plants_none() -> None:
    assert list(NoCanaries()(ADA, LAST)) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"answer": "no place for it"}, r"canaries.answer='no place for it' must hold \{secret\} once"),
        ({"digits": 1, "of_each": 3}, "canaries.digits=1 gives too few numbers for 2 x 3 canaries"),
    ],
)
def test_what_cannot_be_planted_is_refused(changes: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        planted(**changes)
