"""What the bot gives the model is what the run was trained on, token for token."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from doppel.commands.bot_voice import BotVoice
from doppel.commands.speaking import speaking
from doppel.engine.cast import Known
from doppel.engine.transformers import TransformersEngine
from doppel.errors import DataError
from doppel.memory.memory import Memory
from doppel.run.directory import open_run
from doppel.run.samples import each_sample
from doppel.types import Sample
from tests.commands.test_answering import ENOUGH, SAMPLING, of_markup
from tests.commands.then import Then, reminding

NOW = datetime(2026, 1, 2, tzinfo=UTC)
PEOPLE = [Known("user1", "Ada", 9, is_persona=True), Known("user2", "Bob", 5), Known("discord:3", "Cat", 5)]


def make(memory: Memory, people: Any = PEOPLE, asides: Any = None, **changes: Any) -> BotVoice:
    options = {"run_name": "run", "speaker": None, "contacts": {}, "seed": None, "history_messages": 1000} | changes
    return BotVoice(None, people, asides, SAMPLING, memory, **options)  # type: ignore[arg-type]


def asked_by_bot(voice: BotVoice, memory: Memory, sample: Sample) -> list[Any]:
    """What the model is given at each learnt turn, where a bot hears the others and the model has said its own."""
    conversation = memory.history.conversation(sample.sample_id, is_group=False)
    if sample.turns[0].is_persona:
        return []  # a bot never begins
    found = []
    for turn in sample.turns:
        if turn.is_persona:
            waiting = memory.history.waiting(conversation.id)
            found.append(voice.asked(conversation, waiting[-1].id, NOW))
            how = {"run": "run", "speaker_id": turn.speaker_id, "at": NOW, "is_asked": False}
            memory.replies.answer(conversation.id, [one.id for one in waiting], turn.messages, **how)
        else:
            person = memory.people.met(turn.speaker_id, turn.speaker_name, turn.speaker_id)
            for text in turn.messages:
                memory.history.hear(conversation.id, person.id, text, NOW, 1, is_waiting=True)
    return found


@pytest.mark.parametrize("markup", ["bursts", "chatml"])
def test_a_thousand_prompts_are_as_they_were_trained(markup: str, run_of_many: Path, tmp_path: Path) -> None:
    to_talk_to = speaking(open_run(str(run_of_many)), ())
    learner = of_markup(to_talk_to, markup)
    engine = TransformersEngine(None, learner.tokenizer, learner.encoder, batch_size=1)
    memory = Memory(tmp_path / "memory.sqlite3")
    voice = make(memory, to_talk_to.people, to_talk_to.asides)
    count = 0
    with memory.transaction():
        for sample in each_sample(run_of_many / "data" / "train.jsonl"):
            windows = learner.encoder.encode(sample)
            asked = asked_by_bot(voice, memory, sample)
            if len(windows) != 1 or not asked:
                continue
            (tokens,) = windows
            starts = [at for at in range(1, len(tokens.ids)) if tokens.is_learnt[at] and not tokens.is_learnt[at - 1]]
            assert len(starts) == len(asked)
            for start, (turns, speaker) in zip(starts, asked, strict=True):
                assert engine.prompt(turns, speaker, SAMPLING) == tokens.ids[:start]
                count += 1
    memory.close()
    assert count >= ENOUGH


def test_a_thousand_prompts_have_what_was_recalled_in_training(run_of_many: Path, tmp_path: Path) -> None:
    to_talk_to = speaking(open_run(str(run_of_many)), ())
    learner = of_markup(to_talk_to, "bursts")
    engine = TransformersEngine(None, learner.tokenizer, learner.encoder, batch_size=1)
    memory, then = Memory(tmp_path / "memory.sqlite3"), Then(reminding(to_talk_to, learner))
    voice = make(memory, to_talk_to.people, to_talk_to.asides, brief=then)
    count = 0
    with memory.transaction():
        for sample in each_sample(run_of_many / "data" / "train.jsonl"):
            if not (prompts := then.prompts(learner, sample)):
                continue
            asked = asked_by_bot(voice, memory, sample)
            for prompt, (turns, speaker) in zip(prompts, asked, strict=False):  # none where the persona begins
                told, _ = voice.brief(turns, speaker, SAMPLING)
                assert engine.prompt(turns, told, SAMPLING) == prompt
                count += 1
            if count >= ENOUGH:
                break
    memory.close()
    assert count >= ENOUGH


def test_people_are_known_by_what_they_are_told_or_by_their_number(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory.sqlite3")
    voice = make(memory, contacts={77: "cat", 2: "Cat"})
    assert [voice.contact(user_id) for user_id in (1, 2, 77, 5)] == ["user1", "discord:3", "discord:3", None]
    assert make(memory).contact(2) == "user2"
    with pytest.raises(DataError, match=r"The model knows nobody called 'Bib'. Did you mean Bob"):
        make(memory, contacts={77: "Bib"})
    memory.close()


def test_who_takes_a_known_name_stays_a_stranger(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory.sqlite3")
    voice = make(memory)
    conversation = memory.history.conversation("telegram:9:5", is_group=False)
    person = memory.people.met("telegram:5", "Bob", voice.contact(5))
    memory.history.hear(conversation.id, person.id, "hi", NOW, 1, is_waiting=True)
    turns, speaker = voice.asked(conversation, 1, NOW)
    assert (turns[0].speaker_id, turns[0].speaker_name) == ("stranger:telegram:5", "Bob")
    assert speaker.speaker_id == "user1"
    memory.history.speak_as(conversation.id, "nobody whom this run knows")
    assert voice.speaker(memory.history.by_id(conversation.id)) == ("user1", "Ada")
    memory.close()
