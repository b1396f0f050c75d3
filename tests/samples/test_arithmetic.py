"""Whatever the conversations and the options: every message is accounted for, and every sample is sound."""

import random
from itertools import pairwise
from typing import Any

import pytest

from doppel.errors import DataError
from doppel.samples.pair import Pairs
from doppel.samples.reply import Replies
from doppel.types import Funnel, Session
from tests.samples.scripted import Stage, cast, session
from tests.samples.test_dialogue import dialogues
from tests.samples.test_situation import situation
from tests.samples.test_trivial import cap
from tests.samples.test_window import windows

REST: dict[str, Any] = {"situation": None, "recency": None}
STAGES = {
    "dialogue": lambda learn, trivial: dialogues(learn=learn, trivial=trivial),
    "openings": lambda learn, trivial: dialogues(learn=learn, trivial=trivial, learn_openings=True, min_turns=1),
    "answered": lambda learn, trivial: dialogues(learn=learn, trivial=trivial, needs_answer=True, min_turns=3),
    "told": lambda learn, trivial: dialogues(learn=learn, trivial=trivial, situation=situation()),
    "window": lambda learn, trivial: windows(learn=learn, trivial=trivial, max_context_turns=2),
    "empty": lambda learn, trivial: windows(learn=learn, trivial=trivial, max_context_chars=9, overflow="empty"),
    "pair": lambda learn, trivial: Pairs(
        learn=learn, trivial=trivial, question="quoted_or_previous", whole_answers=False, **REST
    ),
    "reply": lambda learn, trivial: Replies(learn=learn, trivial=trivial, max_context_turns=3, min_turns=2, **REST),
}


def random_sessions(draw: random.Random) -> list[Session]:
    sessions = []
    for number in range(draw.randint(1, 6)):
        first = number * 100
        letters = [draw.choice("aabmmM.") for _ in range(draw.randint(1, 15))]
        links = [draw.choice(["", "", str(first + draw.randint(-2, 16))]).replace("-", "") for _ in letters]
        script = "".join(letter + link for letter, link in zip(letters, links, strict=True))
        sessions.append(session(script, draw.choice(["p:1", "p:2"]), first))
    return sorted(sessions, key=lambda one: one.chat_id)


@pytest.mark.parametrize("learn", ["persona", "everyone", ["B"]])
@pytest.mark.parametrize("name", STAGES)
def test_every_message_is_in_a_sample_or_counted_and_samples_are_sound(name: str, learn: Any) -> None:
    draw = random.Random(f"{name}{learn}")
    for trivial in [None, cap(0.2)] * 20:
        stage: Stage = STAGES[name](learn, trivial)
        sessions, funnel = random_sessions(draw), Funnel()
        samples = []
        try:
            samples.extend(stage(iter(sessions), cast(), funnel))
        except DataError:
            assert samples == []
        used = {(sample.chat_id, message_id) for sample in samples for message_id in sample.message_ids}
        lines = {line.unit: line for line in funnel.counts}
        assert lines["messages"].kept == len(used)
        assert lines["messages"].kept + lines["messages"].dropped == sum(len(one.messages) for one in sessions)
        assert lines["sessions"].kept == len({sample.session_id for sample in samples})
        assert lines["sessions"].kept + lines["sessions"].dropped == len(sessions)
        assert len({sample.sample_id for sample in samples}) == len(samples)
        texts = {one.session_id: {m.message_id: m.text for m in one.messages} for one in sessions}
        for sample in samples:
            turns, said = sample.turns, texts[sample.session_id]
            assert [text for turn in turns for text in turn.messages] == [said[number] for number in sample.message_ids]
            assert turns[-1].is_learnt
            assert all(left.speaker_id != right.speaker_id for left, right in pairwise(turns))
            assert set(sample.replies_to).isdisjoint(sample.message_ids)
            assert sample.started_at <= sample.ended_at
