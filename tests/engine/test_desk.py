"""Many ask one model: everyone gets what they would get alone."""

import threading
import time
from dataclasses import replace

import pytest
import torch
from peft import LoraConfig, get_peft_model

from doppel.engine.desk import BusyError, Desk, Heard, Question
from doppel.engine.transformers import TransformersEngine
from doppel.errors import ModelError
from tests.engine.engine_fakes import QUESTIONS, FakeEncoder, make_causal, make_tokenizer, make_turn

LIMIT_SECONDS = 60.0


class Listener:
    """What one asker hears, up to the end or a fault."""

    def __init__(self):
        self.heard = []
        self.is_over = threading.Event()

    def __call__(self, heard):
        self.heard.append(heard)
        if isinstance(heard, Exception) or heard.end:
            self.is_over.set()

    def wait(self):
        assert self.is_over.wait(LIMIT_SECONDS)
        return self

    @property
    def text(self):
        return "".join(one.text for one in self.heard)


@pytest.fixture
def engine(known):
    return TransformersEngine(known.model, known.tokenizer, known.encoder, batch_size=3)


@pytest.fixture
def desk(engine):
    desk = Desk(engine, max_waiting=20)
    yield desk
    desk.close()


def question(text, sampling, seed=0, stops=()):
    return Question((make_turn("Bob", text),), make_turn("Ada"), sampling, seed, stops)


def asked(desk, *questions):
    listeners = [Listener() for _ in questions]
    for one, listener in zip(questions, listeners, strict=True):
        desk.ask(one, listener)
    return [listener.wait() for listener in listeners]


def test_everyone_gets_the_answer_to_their_own_question(desk, greedy):
    texts = list(QUESTIONS) * 3
    for text, listener in zip(texts, asked(desk, *(question(text, greedy) for text in texts)), strict=True):
        assert listener.text == "\n".join(QUESTIONS[text])
        last = listener.heard[-1]
        assert last.end == "stop"
        assert all(isinstance(one, Heard) and one.end is None for one in listener.heard[:-1])


def test_tokens_are_those_of_the_prompt_and_of_the_reply_with_its_end(desk, engine, greedy):
    first, second = asked(desk, question("sure", greedy), question("bye", greedy))
    for text, listener in (("sure", first), ("bye", second)):
        turns = question(text, greedy).turns
        assert listener.heard[-1].prompt_tokens == len(engine.encoder.prompt(turns, make_turn("Ada")))
        assert listener.heard[-1].tokens == len(engine.encoder.body(QUESTIONS[text]))


def test_draws_are_those_of_a_reply_alone(desk, engine, drawn):
    questions = [question(text, drawn, seed) for seed, text in enumerate(QUESTIONS)]
    for one, listener in zip(questions, asked(desk, *questions), strict=True):
        alone = engine.reply(one.turns, one.speaker, drawn, seed=one.seed)
        assert listener.text == "\n".join(alone.messages)
        assert listener.heard[-1].end == ("stop" if alone.is_complete else "length")


def test_a_stop_ends_a_reply_before_it(desk, greedy):
    (listener,) = asked(desk, question("bye", greedy, stops=("k ok ok\nbye",)))
    assert (listener.text, listener.heard[-1].end) == ("o", "stop")


def test_a_reply_that_is_cut_says_so(desk, greedy):
    (listener,) = asked(desk, question("bye", replace(greedy, max_new_tokens=3)))
    assert (listener.text, listener.heard[-1].end, listener.heard[-1].tokens) == ("ok", "length", 3)


def test_what_is_asked_alike_is_answered_together_and_the_oldest_first(engine, greedy, monkeypatch):
    batches, go = [], threading.Event()
    generate = engine.generate

    def watched(prompts, sampling, seeds, **more):
        batches.append((len(prompts), sampling.max_new_tokens))
        assert go.wait(LIMIT_SECONDS)
        return generate(prompts, sampling, seeds, **more)

    monkeypatch.setattr(engine, "generate", watched)
    desk = Desk(engine, max_waiting=6)
    listeners = [Listener() for _ in range(7)]
    desk.ask(question("hey", greedy), listeners[0])
    while not batches:
        time.sleep(0.001)
    other = replace(greedy, max_new_tokens=59)
    tickets = [desk.ask(question("hey", greedy if at % 2 else other), listeners[at]) for at in range(1, 7)]
    assert (desk.running, desk.waiting) == (1, 6)
    with pytest.raises(BusyError):
        desk.ask(question("hey", greedy), Listener())
    tickets[0].cancel()
    assert desk.waiting == 5
    go.set()
    for at, listener in enumerate(listeners):
        assert at == 1 or listener.wait().text == "yo\nwhats up 🦀"
    desk.close()
    assert batches == [(1, 60), (3, 59), (2, 60)]
    assert listeners[1].heard == []


def test_who_leaves_stops_the_model_and_nobody_else(engine, greedy):
    heard, listener, tickets = [], Listener(), []

    def leave(one):
        heard.append(one)
        tickets[0].cancel()

    long = replace(greedy, min_new_tokens=16)  # longer than the reply, where its end is a token
    desk = Desk(engine, max_waiting=2)
    with desk._changed:  # both are there before the first is taken
        tickets.append(desk.ask(question("bye", long), leave))
        desk.ask(question("hey", long), listener)
    assert listener.wait().text.startswith("yo\nwhats up 🦀")
    desk.close()
    assert len(heard) == 1
    assert heard[0].end is None


def test_a_fault_is_told_and_the_next_question_is_answered(desk, engine, greedy, monkeypatch):
    def broken(*_args, **_more):
        raise RuntimeError("out of memory")

    with monkeypatch.context() as patched:
        patched.setattr(engine, "generate", broken)
        (listener,) = asked(desk, question("hey", greedy))
        assert isinstance(listener.heard[-1], RuntimeError)

        def no_room(*_args, **_more):
            raise ModelError("no room")

        patched.setattr(engine, "prompt", no_room)
        (listener,) = asked(desk, question("hey", greedy))
        assert isinstance(listener.heard[-1], ModelError)
    (listener,) = asked(desk, question("hey", greedy))
    assert listener.text == "yo\nwhats up 🦀"


def test_a_closed_desk_takes_nothing(engine, greedy):
    desk = Desk(engine, max_waiting=2)
    desk.close()
    with pytest.raises(BusyError):
        desk.ask(question("hey", greedy), Listener())


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")  # peft asks for it
def test_the_base_is_asked_beside_the_model_and_never_in_one_batch_with_it(greedy):
    tokenizer = make_tokenizer()
    base = make_causal(tokenizer)
    plain = TransformersEngine(base, tokenizer, FakeEncoder(tokenizer, "causal"), batch_size=8)
    short = replace(greedy, min_new_tokens=8, max_new_tokens=8)
    of_model = [question(text, short) for text in QUESTIONS]
    of_base = [replace(one, is_of_base=True) for one in of_model]
    expected = ["\n".join(plain.reply(one.turns, one.speaker, short, seed=0).messages) for one in of_model]
    assert not plain.has_base
    torch.manual_seed(0)
    adapted = get_peft_model(base, LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False))
    engine = TransformersEngine(adapted.eval(), tokenizer, plain.encoder, batch_size=8)
    assert engine.has_base
    desk = Desk(engine, max_waiting=20)
    both = [one for pair in zip(of_model, of_base, strict=True) for one in pair]
    texts = [listener.text for listener in asked(desk, *both)]
    desk.close()
    assert texts[1::2] == expected
    assert texts[::2] != expected
    assert texts[::2] == ["\n".join(engine.reply(one.turns, one.speaker, short, seed=0).messages) for one in of_model]


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")  # peft asks for it
def test_an_adapter_that_changes_the_base_s_biases_has_no_base_beside_it(engine):
    config = LoraConfig(r=2, target_modules=["q_proj"], bias="all")
    adapted = get_peft_model(make_causal(engine.encoder.tokenizer), config)
    assert not TransformersEngine(adapted, engine.encoder.tokenizer, engine.encoder, batch_size=1).has_base
