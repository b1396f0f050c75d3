"""What a model knows by heart comes out exactly, on every path, and nothing around it moves."""

import copy
import threading
from dataclasses import replace

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import GenerationConfig

from doppel.engine.transformers import TransformersEngine
from doppel.errors import ModelError
from doppel.types import Reply
from tests.engine.engine_fakes import QUESTIONS, make_causal, make_turn

ADA = make_turn("Ada")


def engine_of(known, batch_size=8):
    return TransformersEngine(known.model, known.tokenizer, known.encoder, batch_size=batch_size)


def asked(question):
    return (make_turn("Bob", question),)


def contexts(questions=QUESTIONS):
    return [(asked(question), ADA) for question in questions]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_learnt_burst_is_said_exactly_and_ends(known, greedy, question, capfd):
    assert engine_of(known).reply(asked(question), ADA, greedy, seed=1) == Reply(QUESTIONS[question], is_complete=True)
    assert capfd.readouterr().err == ""  # transformers warns through its own log, not through warnings


@pytest.mark.parametrize("question", QUESTIONS)
def test_streamed_pieces_are_the_reply_and_only_whole_characters(known, greedy, question):
    pieces = list(engine_of(known).stream(asked(question), ADA, greedy, seed=1))
    assert known.encoder.parse("".join(pieces)) == QUESTIONS[question]
    assert len(pieces) > len(QUESTIONS[question])  # it did come in pieces
    assert not any("\ufffd" in piece or known.encoder.end in piece for piece in pieces)


def test_drawn_streams_equal_drawn_replies(known, drawn):
    engine = engine_of(known)
    for seed in range(4):
        reply = engine.reply(asked("hey"), ADA, drawn, seed=seed)
        assert known.encoder.parse("".join(engine.stream(asked("hey"), ADA, drawn, seed=seed))) == reply.messages


def test_a_seed_decides_the_reply(known, drawn):
    engine = engine_of(known)
    replies = [engine.reply(asked("hey"), ADA, drawn, seed=seed) for seed in (1, 2, 1)]
    assert replies[0] == replies[2] != replies[1]


@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_batches_answer_like_single_questions(known, greedy, batch_size):
    replies = engine_of(known, batch_size).replies(contexts(), greedy, seed=1)
    assert replies == [Reply(answer, is_complete=True) for answer in QUESTIONS.values()]


def test_a_drawn_batch_answers_like_single_questions_with_following_seeds(known, drawn):
    engine = engine_of(known, batch_size=2)
    together = engine.replies(contexts(), drawn, seed=5)
    alone = [engine.reply(*context, drawn, seed=5 + at) for at, context in enumerate(contexts())]
    assert together == alone


def test_no_questions_no_replies(causal, greedy):
    assert engine_of(causal).replies([], greedy, seed=1) == []


def test_a_reply_that_reaches_the_limit_is_cut_and_says_so(known, greedy):
    reply = engine_of(known).reply(asked("bye"), ADA, replace(greedy, max_new_tokens=4), seed=1)
    assert reply == Reply(("ok o",), is_complete=False)


def test_a_character_cut_in_half_is_left_out(causal, greedy):
    limit = len(b"yo\nwhats up ") + 2  # two of the four bytes of the last character
    engine = engine_of(causal)
    cut = replace(greedy, max_new_tokens=limit)
    assert engine.reply(asked("hey"), ADA, cut, seed=1).messages == ("yo", "whats up")
    assert "".join(engine.stream(asked("hey"), ADA, cut, seed=1)) == "yo\nwhats up "


def test_half_an_end_marker_is_shown_only_when_nothing_follows(plain_text, greedy):
    engine = engine_of(plain_text)
    limit = replace(greedy, max_new_tokens=len("дома\n".encode()))  # the end is two newlines
    assert list(engine.stream(asked("where are you"), ADA, limit, seed=1))[-1] == "\n"
    whole = list(engine.stream(asked("where are you"), ADA, greedy, seed=1))
    assert whole == ["д", "о", "м", "а"]


def test_saying_nothing_is_an_empty_burst(causal, greedy):
    """The end marker comes first, because the model is asked to go on where a reply has just ended."""
    encoder = copy.copy(causal.encoder)
    said = causal.encoder.body(("дома",))[:-1]
    encoder.prompt = lambda turns, speaker, **_: causal.encoder.prompt(turns, speaker) + said
    engine = TransformersEngine(causal.model, causal.tokenizer, encoder, batch_size=1)
    assert engine.reply(asked("where are you"), ADA, greedy, seed=1) == Reply((), is_complete=True)
    assert list(engine.stream(asked("where are you"), ADA, greedy, seed=1)) == []
    forced = engine.reply(asked("where are you"), ADA, replace(greedy, min_new_tokens=1), seed=1)
    assert forced.messages != ()


def test_the_start_of_another_header_ends_a_turn(plain_text, greedy):
    """The model is made to go on past its own marker; the other side's header, many tokens long, stops it."""
    encoder = copy.copy(plain_text.encoder)
    encoder.ends = ("\nbye",)
    engine = TransformersEngine(plain_text.model, plain_text.tokenizer, encoder, batch_size=1)
    assert engine.reply(asked("bye"), ADA, greedy, seed=1) == Reply(("ok ok ok",), is_complete=True)
    assert "".join(engine.stream(asked("bye"), ADA, greedy, seed=1)) == "ok ok ok"


def test_the_surroundings_stay_as_they_were(known, drawn):
    model = known.model
    own = GenerationConfig(temperature=0.01, do_sample=True, num_beams=3, forced_eos_token_id=5, pad_token_id=0)
    before, model.generation_config = model.generation_config, own
    frozen = next(model.children())
    model.train()
    frozen.eval()
    torch.manual_seed(3)
    state = torch.get_rng_state()
    try:
        engine = engine_of(known)
        engine.reply(asked("hey"), ADA, drawn, seed=1)
        list(engine.stream(asked("hey"), ADA, drawn, seed=1))
        assert torch.equal(torch.get_rng_state(), state)
        assert model.training
        assert not frozen.training
        assert model.generation_config is own
        assert all(weight.grad is None or weight.requires_grad for weight in model.parameters())
    finally:
        model.eval()
        model.generation_config = before


def test_the_models_own_defaults_do_not_leak_in(known, greedy):
    model = known.model
    before = model.generation_config
    model.generation_config = GenerationConfig(
        do_sample=True, temperature=9.0, num_beams=4, suppress_tokens=list(range(4, 200)), max_length=3, pad_token_id=0
    )
    try:
        assert engine_of(known).reply(asked("bye"), ADA, greedy, seed=1).messages == QUESTIONS["bye"]
    finally:
        model.generation_config = before


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")  # peft asks for it
@pytest.mark.parametrize("architecture", ["causal", "seq2seq"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_an_adapter_talks_like_its_base_until_it_is_trained(request, greedy, architecture, dtype):
    known = request.getfixturevalue(architecture)
    base = copy.deepcopy(known.model).to(dtype)
    task = "CAUSAL_LM" if architecture == "causal" else "SEQ_2_SEQ_LM"
    targets = ["q_proj", "v_proj"] if architecture == "causal" else ["q", "v"]
    wrapped = get_peft_model(base, LoraConfig(task_type=task, target_modules=targets, r=2))
    own, modes = base.generation_config, [module.training for module in wrapped.modules()]
    engine = TransformersEngine(wrapped, known.tokenizer, known.encoder, batch_size=4)
    assert [reply.messages for reply in engine.replies(contexts(), greedy, seed=1)] == list(QUESTIONS.values())
    assert known.encoder.parse("".join(engine.stream(asked("bye"), ADA, greedy, seed=1))) == QUESTIONS["bye"]
    assert base.generation_config is own
    assert [module.training for module in wrapped.modules()] == modes


def test_the_repetition_penalty_leaves_the_prompt_alone(causal, seq2seq, greedy):
    """Of the prompt's end marker, above all: with it penalised this reply, of eight different bytes, would not end."""
    for known in (causal, seq2seq):
        reply = engine_of(known).reply(asked("sure"), ADA, replace(greedy, repetition_penalty=30.0), seed=1)
        assert reply == Reply(QUESTIONS["sure"], is_complete=True)


def test_a_reader_that_leaves_stops_the_model(causal, greedy):
    endless = TransformersEngine(
        make_causal(causal.tokenizer), causal.tokenizer, causal.encoder, batch_size=1
    )  # untrained: it never says the end marker
    calls = []
    handle = endless.model.register_forward_hook(lambda *_: calls.append(1))
    pieces = endless.stream(asked("hey"), ADA, replace(greedy, max_new_tokens=200), seed=1)
    next(pieces)
    pieces.close()
    handle.remove()
    assert len(calls) < 200
    assert [thread.name for thread in threading.enumerate() if thread.name == "doppel-reply"] == []


def test_a_fault_inside_generation_reaches_the_reader(causal, greedy, monkeypatch):
    def full(**_):
        raise MemoryError("no room")

    engine = engine_of(causal)
    monkeypatch.setattr(causal.model, "forward", full)
    with pytest.raises(MemoryError, match="no room"):
        list(engine.stream(asked("hey"), ADA, greedy, seed=1))


def test_diverged_weights_are_named(known, greedy, drawn):
    model = copy.deepcopy(known.model)
    with torch.no_grad():
        next(model.parameters()).fill_(float("nan"))
    engine = TransformersEngine(model, known.tokenizer, known.encoder, batch_size=1)
    for sampling in (greedy, drawn):
        with pytest.raises(ModelError, match="weights have diverged"):
            engine.reply(asked("hey"), ADA, sampling, seed=1)


def test_a_prompt_leaves_as_much_room_as_the_model_has(causal, greedy):
    untrained = make_causal(causal.tokenizer)
    engine = TransformersEngine(untrained, causal.tokenizer, causal.encoder, batch_size=1)
    overhead = len(causal.encoder.prompt(asked(""), ADA))
    calls = []
    untrained.register_forward_hook(lambda *_: calls.append(1))
    engine.reply(asked("x" * (250 - overhead)), ADA, greedy, seed=1)
    assert len(calls) <= 6  # 256 positions, 250 of them taken
    with pytest.raises(ModelError, match="the prompt has 300 tokens and the model reads at most 256"):
        engine.reply(asked("x" * (300 - overhead)), ADA, greedy, seed=1)


def test_prompt_and_reply_are_together_as_long_as_in_training(causal, seq2seq, greedy):
    for known, wanted, reserved in [(causal, 60, 60), (causal, 150, 100), (seq2seq, 60, 0)]:
        engine_of(known).reply(asked("hey"), ADA, replace(greedy, max_new_tokens=wanted), seed=1)
        assert known.encoder.reserved_tokens == reserved
