"""What a page gives the model is what the run was trained on, token for token; whose words an opinion has is kept."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from doppel.commands.speaking import Speaking, speaking
from doppel.commands.web_voice import WebVoice
from doppel.engine.cast import Known
from doppel.engine.transformers import TransformersEngine
from doppel.errors import DataError
from doppel.memory.memory import Memory
from doppel.run.directory import RunDirectory, open_run
from doppel.run.samples import each_sample
from doppel.types import Briefing
from doppel.web.voice import Judged, Said
from tests.commands.test_answering import ENOUGH, SAMPLING, of_markup
from tests.web.fakes import Slow

NOW = datetime(2026, 1, 2, tzinfo=UTC)
PEOPLE = [Known("user1", "Ada", 9, is_persona=True), Known("user2", "Bob", 5), Known("user3", "Bob", 4)]


def make(memory: Memory, to_talk_to: Any = None, **changes: Any) -> WebVoice:
    to_talk_to = to_talk_to or Speaking(RunDirectory(Path("runs", "run")), {}, (), PEOPLE, None)
    options = {"speaker": None, "partner": None, "seed": None} | changes
    return WebVoice(to_talk_to, SAMPLING, Slow(), memory, **options)


@pytest.fixture
def memory(tmp_path: Path) -> Any:
    opened = Memory(tmp_path / "memory.sqlite3")
    yield opened
    opened.close()


@pytest.mark.parametrize("markup", ["bursts", "chatml"])
def test_a_thousand_prompts_are_as_they_were_trained(markup: str, run_of_many: Path, memory: Memory) -> None:
    to_talk_to = speaking(open_run(str(run_of_many)), ())
    learner = of_markup(to_talk_to, markup)
    engine = TransformersEngine(None, learner.tokenizer, learner.encoder, batch_size=1)
    voice = make(memory, to_talk_to)
    count = 0
    for sample in each_sample(run_of_many / "data" / "train.jsonl"):
        windows = learner.encoder.encode(sample)
        if len(windows) != 1:
            continue
        (tokens,) = windows
        starts = [at for at in range(1, len(tokens.ids)) if tokens.is_learnt[at] and not tokens.is_learnt[at - 1]]
        partner = next((turn.speaker_id for turn in sample.turns if not turn.is_persona), "stranger")
        said, asked = [], []
        for turn in sample.turns:
            if turn.is_learnt:
                asked.append(voice.asked(said, turn.speaker_id, partner, NOW))
            said.append(Said(turn.speaker_id, turn.messages, NOW))
        for start, one in zip(starts, asked, strict=True):
            assert engine.prompt(one.turns, one.speaker, SAMPLING) == tokens.ids[:start]
            count += 1
    assert count >= ENOUGH


def test_people_are_listed_and_those_of_one_name_told_apart(memory: Memory) -> None:
    voice = make(memory)
    assert [(one.id, one.label) for one in voice.people()] == [
        ("user1", "Ada"),
        ("user2", "Bob (user2)"),
        ("user3", "Bob (user3)"),
        ("stranger", "A stranger"),
    ]
    assert (voice.speaker, voice.partner) == ("user1", "stranger")
    assert make(memory, speaker="user3", partner="ada").speaker == "user3"
    with pytest.raises(DataError, match="2 people are called 'Bob': say which by id"):
        make(memory, speaker="Bob")
    with pytest.raises(DataError, match="Ada is who answers, and cannot be whom they talk with"):
        make(memory, partner="Ada")


def test_an_opinion_is_forgotten_with_whose_words_it_has(memory: Memory) -> None:
    voice = make(memory)
    said = [Said("user2", ("hi",), NOW), Said("user1", ("yo",), NOW), Said("stranger", ("who?",), NOW)]
    asked = voice.asked(said, "user1", "stranger", NOW)
    first = voice.judge(asked, Judged("thumb", 1, ("me",), None), None)
    second = voice.judge(asked, Judged("thumb", -1, ("me",), None), first)
    voice.judge(asked, Judged("edit", -1, ("me",), ("I",)), None)
    opinions = list(memory.feedback.each())
    assert [(one.kind, one.rating, one.better) for one in opinions] == [("thumb", -1, None), ("edit", -1, ("I",))]
    assert [(turn.speaker_id, turn.messages) for turn in opinions[0].turns] == [
        ("user2", ("hi",)),
        ("user1", ("yo",)),
        ("stranger", ("who?",)),
    ]
    people = {one.account: one for one in memory.people.everyone()}
    assert {account: one.contact for account, one in people.items()} == {"web:user2": "user2", "web:stranger": None}
    voice.take_back(second)
    with memory.transaction():
        assert memory.forget(people["web:user2"].id).opinions == 1
    assert list(memory.feedback.each()) == []


def test_what_is_remembered_is_told_with_the_notes_on_them(memory: Memory) -> None:
    voice = make(memory)
    person = memory.people.met("telegram:2", "Bobby", "user2")
    memory.people.note(person.id, "likes tea", NOW)
    asked = voice.asked([Said("user2", ("hi", "you"), NOW)], "user1", "user2", NOW)
    told = Briefing(system=("Ada sails.",), recalled=("Bob: ahoy",))
    asked = replace(asked, speaker=replace(asked.speaker, aside="at night", briefing=told))
    (_, given), (title, notes) = voice.remembered(asked, "user2")
    assert given == ["Bob: hi", "Bob: you", "Ada sails.", "[at night]", "Bob: ahoy"]
    assert (title, notes) == ("Noted of Bob", ["likes tea"])
    assert voice.remembered(asked, "stranger")[1] == ("Noted of Stranger", [])
