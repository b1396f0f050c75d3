"""Train and serve see the same: what a request becomes is what the run was trained on, token for token."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from doppel.commands.answering import Answering
from doppel.commands.learner import Learner
from doppel.commands.name_tokens import with_names
from doppel.commands.speaking import Speaking, speaking
from doppel.config.compose import compose
from doppel.engine.cast import STRANGER, Known
from doppel.engine.desk import Desk
from doppel.engine.transformers import TransformersEngine
from doppel.run.directory import open_run
from doppel.run.samples import each_sample
from doppel.serving.asked import Asked, Told
from doppel.serving.refusal import RefusedError
from doppel.serving.request import ChatRequest
from doppel.types import Sample
from tests.commands.then import Then, reminding
from tests.drawing import sampling

PEOPLE = [Known("u1", "Ada", 9, is_persona=True), Known("u2", "Bob", 5), Known("u3", "Eve", 1), Known("u4", "Eve", 1)]
SAMPLING = sampling(
    do_sample=True,
    temperature=0.8,
    top_p=0.9,
    top_k=0,
    repetition_penalty=1.0,
    min_new_tokens=3,
    max_new_tokens=8,
)
ENOUGH = 1000  # samples


def of_markup(to_talk_to: Speaking, markup: str) -> Learner:
    """The run's side of the model, as if it had been trained with this markup."""
    trained = {**to_talk_to.trained, "markup": compose("train", [f"markup={markup}"])[0]["markup"]}
    return Learner(with_names(trained, to_talk_to.run_directory.data_file("train")))


def message(turn: Any) -> dict[str, Any]:
    """A turn as a client tells it, each message of the burst a part."""
    parts = [{"type": "text", "text": text} for text in turn.messages]
    if turn.is_persona:
        return {"role": "assistant", "content": parts}
    return {"role": "user", "name": turn.speaker_id, "content": parts}


def requests_of(sample: Sample) -> Iterator[tuple[int, ChatRequest]]:
    """A request for each learnt turn, with its place."""
    for at, turn in enumerate(sample.turns):
        if turn.is_learnt:
            partner = next((one.speaker_id for one in sample.turns if not one.is_persona), None)
            messages = [message(one) for one in sample.turns[:at]] or [{"role": "system", "content": "begin"}]
            body = {"model": turn.speaker_name, "messages": messages, "user": partner}
            yield at, ChatRequest.model_validate(body)


@pytest.mark.parametrize("markup", ["bursts", "chatml"])
def test_a_thousand_samples_are_asked_for_as_they_were_trained(markup: str, run_of_many: Path) -> None:
    to_talk_to = speaking(open_run(str(run_of_many)), ())
    learner = of_markup(to_talk_to, markup)
    engine = TransformersEngine(None, learner.tokenizer, learner.encoder, batch_size=1)
    answering = make(to_talk_to.people, to_talk_to.asides, engine)
    count = 0
    for sample in each_sample(run_of_many / "data" / "train.jsonl"):
        windows = learner.encoder.encode(sample)
        if len(windows) != 1:
            continue  # too long for one: what it is cut to is the encoder's own affair, tested there
        (tokens,) = windows
        starts = [at for at in range(1, len(tokens.ids)) if tokens.is_learnt[at] and not tokens.is_learnt[at - 1]]
        asked = list(requests_of(sample))
        assert len(starts) == len(asked)
        for start, (_, request) in zip(starts, asked, strict=True):
            wanted = request.asked(max_messages=1000, max_characters=10**6, ignores_system=True)
            question = answering.question(wanted, sample.started_at)
            assert engine.prompt(question.turns, question.speaker, question.sampling) == tokens.ids[:start]
        count += 1
    answering.desk.close()
    assert count >= ENOUGH


@pytest.mark.parametrize("markup", ["bursts", "chatml"])
def test_a_thousand_replies_are_asked_for_with_what_was_recalled_in_training(markup: str, run_of_many: Path) -> None:
    to_talk_to = speaking(open_run(str(run_of_many)), ())
    learner = of_markup(to_talk_to, markup)
    engine = TransformersEngine(None, learner.tokenizer, learner.encoder, batch_size=1)
    then = Then(reminding(to_talk_to, learner))
    answering = make(to_talk_to.people, to_talk_to.asides, engine, brief=then)
    count = 0
    for sample in each_sample(run_of_many / "data" / "train.jsonl"):
        if not (prompts := then.prompts(learner, sample)):
            continue
        for prompt, (_, request) in zip(prompts, requests_of(sample), strict=True):
            wanted = request.asked(max_messages=1000, max_characters=10**6, ignores_system=True)
            question = answering.question(wanted, sample.started_at)
            assert engine.prompt(question.turns, question.speaker, question.sampling) == prompt
            count += 1
        if count >= ENOUGH:
            break
    answering.desk.close()
    assert count >= ENOUGH


def make(people: Any = PEOPLE, asides: Any = None, engine: Any = None, **changes: Any) -> Answering:
    options = {"run_name": "run", "speaker": None, "partner": None, "seed": None, "max_new_tokens": 6} | changes
    return Answering(Desk(engine, max_waiting=1), people, asides, SAMPLING, **options)


def asked(**changes: Any) -> Asked:
    told = (Told(is_own=False, name=None, messages=("hi",)),)
    nothing = dict.fromkeys(("partner", "temperature", "top_p", "max_new_tokens", "seed"))
    return Asked(**{**nothing, "model": "run", "told": told, "stops": (), **changes})


@pytest.fixture
def answering() -> Iterator[Answering]:
    made = make()
    yield made
    made.desk.close()


@pytest.mark.parametrize(
    ("model", "partner", "who"),
    [
        ("run", None, ("u1", "stranger")),
        ("Ada", None, ("u1", "stranger")),
        ("ada:bob", None, ("u1", "u2")),
        ("run:u2", None, ("u1", "u2")),
        ("Bob", None, ("u2", "stranger")),
        ("Bob:Ada", None, ("u2", "u1")),
        ("run", "Bob", ("u1", "u2")),
        ("run", "client-17", ("u1", "stranger")),
        ("run:u2", "client-17", ("u1", "u2")),
        ("run", "", ("u1", "stranger")),
    ],
)
def test_names_become_people(model: str, partner: str | None, who: tuple[str, str], answering: Answering) -> None:
    question = answering.question(asked(model=model, partner=partner), None)  # type: ignore[arg-type]
    assert (question.speaker.speaker_id, question.turns[0].speaker_id) == who


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({"model": "Zoe"}, 404, "there is no model 'Zoe' here: run, Ada"),
        ({"model": "Ada:Zoe"}, 404, "there is no model 'Ada:Zoe' here"),
        ({"model": ":"}, 404, "there is no model ':' here"),
        ({"model": "Eve"}, 400, "2 people are called 'Eve'"),
        ({"partner": "Eve"}, 400, "2 people are called 'Eve'"),
        ({"model": "Ada", "partner": "Ada"}, 400, "Ada is who answers, and cannot be whom they talk with"),
    ],
)
def test_who_cannot_be_asked_is_told(changes: Any, status: int, told: str, answering: Answering) -> None:
    with pytest.raises(RefusedError, match=told) as refused:
        answering.question(asked(**changes), None)  # type: ignore[arg-type]
    assert refused.value.status == status


def test_a_request_s_sampling_comes_before_the_server_s(answering: Answering) -> None:
    def sampling(**changes: Any) -> dict[str, Any]:
        made = answering.question(asked(**changes), None).sampling  # type: ignore[arg-type]
        names = ("do_sample", "temperature", "top_p", "min_new_tokens", "max_new_tokens")
        return {name: getattr(made, name) for name in names if getattr(made, name) != getattr(SAMPLING, name)}

    assert sampling() == {"max_new_tokens": 6}
    assert sampling(max_new_tokens=100) == {"max_new_tokens": 6}
    assert sampling(max_new_tokens=2) == {"max_new_tokens": 2, "min_new_tokens": 2}
    assert sampling(temperature=1.5, top_p=0.0) == {"max_new_tokens": 6, "temperature": 1.5, "top_p": 0.0}
    assert sampling(temperature=0.0) == {"max_new_tokens": 6, "do_sample": False}


def test_a_seed_is_the_request_s_the_server_s_or_drawn(answering: Answering) -> None:
    assert answering.question(asked(seed=0), None).seed == 0  # type: ignore[arg-type]
    drawn = {answering.question(asked(), None).seed for _ in range(5)}  # type: ignore[arg-type]
    assert len(drawn) == 5
    seeded = make(seed=7)
    assert seeded.question(asked(), None).seed == 7  # type: ignore[arg-type]
    seeded.desk.close()


def test_a_full_queue_is_told_when_to_come_again(answering: Answering) -> None:
    answering.desk.close()
    with pytest.raises(RefusedError) as refused:
        answering.ask(asked(), print)
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "2"})


def test_models_are_the_run_and_its_personas_and_never_its_contacts(answering: Answering) -> None:
    assert answering.models() == ["run", "Ada"]
    assert answering.load() == (0, 0)
    assert answering.partner == STRANGER
