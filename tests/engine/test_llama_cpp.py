"""llama.cpp says what transformers says, given the same weights, prompts and seeds; and what it cannot read."""

import sys
from dataclasses import replace

import pytest

from doppel.engine.desk import Desk, Question
from doppel.engine.llama_cpp import FOLDER, LlamaCppEngine, imported
from doppel.engine.transformers import TransformersEngine
from doppel.errors import ModelError
from doppel.portable.converting import convert
from tests.engine.engine_fakes import QUESTIONS, FakeEncoder, make_tokenizer, make_turn

pytest.importorskip("llama_cpp", reason='llama.cpp is not installed: pip install "doppel[llama_cpp]"')
SETTINGS = {"file": None, "batch_size": 1, "threads": 1, "gpu_layers": 0}
CONTEXTS = [((make_turn("Bob", question),), make_turn("Ada")) for question in QUESTIONS]


@pytest.fixture(scope="module")
def run(causal, tmp_path_factory):
    """A run's directory with the model that knows one dialogue, as GGUF."""
    folder = tmp_path_factory.mktemp("run")
    causal.model.save_pretrained(folder / "merged")
    causal.tokenizer.save_pretrained(folder / "merged")
    out = folder / FOLDER / "model.gguf"
    options = {"quantisation": "f32", "threads": 1, "converter": None}
    assert convert(imported(), folder / "merged", causal.tokenizer, out, **options)
    return folder


def engine_of(known, run, **changes):
    return LlamaCppEngine(run, known.tokenizer, known.encoder, **{**SETTINGS, **changes})


@pytest.mark.parametrize("batch_size", [1, 3])
def test_it_knows_the_dialogue(causal, run, greedy, batch_size):
    replies = engine_of(causal, run, batch_size=batch_size).replies(CONTEXTS, greedy, seed=1)
    assert [reply.messages for reply in replies] == list(QUESTIONS.values())
    assert all(reply.is_complete for reply in replies)


def test_a_seed_draws_what_it_draws_elsewhere(causal, run, drawn):
    hot = replace(drawn, temperature=2.0, min_new_tokens=4, banned=["yo"], unrepeated_tokens=2)
    other = TransformersEngine(causal.model, causal.tokenizer, causal.encoder, batch_size=1)
    engine = engine_of(causal, run)
    assert engine.replies(CONTEXTS, hot, seed=5) == other.replies(CONTEXTS, hot, seed=5)
    assert engine.replies(CONTEXTS, hot, seed=5) != engine.replies(CONTEXTS, hot, seed=6)


def test_pieces_are_the_reply(causal, run, greedy):
    engine = engine_of(causal, run)
    pieces = list(engine.stream(*CONTEXTS[0], greedy, seed=1))
    assert len(pieces) > 3
    assert causal.encoder.parse("".join(pieces)) == QUESTIONS["hey"]


def test_a_desk_answers_with_it_and_a_cancelled_one_is_over(causal, run, greedy):
    desk = Desk(engine_of(causal, run, batch_size=2), max_waiting=4)
    heard = []
    try:
        desk.ask(Question(*CONTEXTS[1], greedy, 1), heard.append)
        desk.ask(Question(*CONTEXTS[0], greedy, 1), lambda _heard: None).cancel()
        while not heard or heard[-1].end is None:
            pass
    finally:
        desk.close()
    assert "".join(piece.text for piece in heard) == "дома"
    assert heard[-1].end == "stop"


def test_nobody_waits_for_a_prompt_to_be_read(causal, run, greedy):
    engine = engine_of(causal, run)
    prompt = causal.encoder.prompt(*CONTEXTS[0])
    options = {"listener": lambda rows: None, "is_stopped": lambda row: True}
    assert engine.generate([prompt], greedy, [1], **options) == [[]]


def test_a_reply_that_finds_no_room_is_cut_or_refused(causal, run, greedy):
    encoder = FakeEncoder(causal.tokenizer, "causal", max_tokens=10)
    engine = LlamaCppEngine(run, causal.tokenizer, encoder, **SETTINGS)
    assert not engine.reply(*CONTEXTS[2], greedy, seed=1).is_complete
    with pytest.raises(ModelError, match=r"the prompt has 4\d tokens and .*model.gguf reads 20: no room"):
        engine.reply((make_turn("Bob", "x" * 30),), make_turn("Ada"), greedy, seed=1)


def test_what_is_no_gguf_of_this_run_is_refused(causal, run, tmp_path):
    with pytest.raises(ModelError, match=r"has no GGUF yet: type doppel gguf .* \(or engine=transformers\)"):
        engine_of(causal, tmp_path)
    with pytest.raises(ModelError, match=r"engine.file=nowhere.gguf is not there"):
        engine_of(causal, run, file="nowhere.gguf")
    broken = tmp_path / "broken.gguf"
    broken.write_bytes((run / FOLDER / "model.gguf").read_bytes()[:5000])
    with pytest.raises(ModelError, match=r"llama.cpp cannot read .*broken.gguf: make it again"):
        engine_of(causal, run, file=str(broken))
    larger = make_tokenizer()
    larger.add_tokens(["<Ann>"])
    with pytest.raises(ModelError, match="knows 260 tokens and this run's tokenizer 261"):
        LlamaCppEngine(run, larger, causal.encoder, **SETTINGS)


def test_an_encoder_decoder_model_is_for_the_other_engine(seq2seq, run):
    with pytest.raises(ModelError, match="type engine=transformers"):
        engine_of(seq2seq, run)


def test_without_the_library_it_says_what_to_install(causal, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    with pytest.raises(ModelError, match=r'pip install "doppel\[llama_cpp\]"'):
        engine_of(causal, run)
