import random
import shutil

import pytest
from transformers import AutoTokenizer, LlamaTokenizerFast

from doppel.errors import ModelError
from doppel.markup.bursts import Bursts
from doppel.markup.chatml import ChatML
from doppel.markup.encoder import Encoder
from doppel.markup.template import Template
from doppel.model.byte_tokenizer import byte_tokenizer
from doppel.types import Funnel

MARKERS = {"start": "<|im_start|>", "end": "<|im_end|>"}
ALTERNATING = (
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('no') }}"
    "{% endif %}{% if m['role'] == 'user' %}[INST] {{ m['content'] }} [/INST]{% else %}{{ m['content'] }}<|im_end|>"
    "{% endif %}{% endfor %}"
)


def bytes_of(text):
    return tuple(byte + 3 for byte in text.encode())


def bursts(tokenizer, system=None):
    return Bursts(tokenizer, **MARKERS, message_prefix=">>> ", system=system)


def chatml(tokenizer):
    return ChatML(tokenizer, **MARKERS, system="Be Anna.")


def template(tokenizer):
    return Template(tokenizer, system=None)


def alternating(_):
    tokenizer = byte_tokenizer()
    tokenizer.chat_template = ALTERNATING
    return Template(tokenizer, system=None)


def learnt_text(tokens, tokenizer):
    return tokenizer.decode([token for token, learnt in zip(tokens.ids, tokens.is_learnt, strict=True) if learnt])


def chatter(say, draw, turns, asides=0.0):
    """Random turns of a persona and two others, of which such a share has asides."""
    names = ["Bob", "Anna", "Cid"]
    spoken = []
    for _ in range(turns):
        name = draw.choice([name for name in names if not spoken or name != spoken[-1].speaker_name])
        words = ("".join(draw.choices("ab й\n>😀", k=draw.randint(1, 12))) for _ in range(draw.randint(1, 2)))
        is_persona = name == "Anna"
        is_learnt = is_persona and draw.random() < 0.8
        aside = "".join(draw.choices("ab й\n]>", k=3)) if asides and draw.random() < asides else None
        spoken.append(say(name, *words, persona=is_persona, learnt=is_learnt, aside=aside))
    return tuple(spoken)


def test_bursts_for_a_decoder_only_model(byte_level, say, sampled):
    sample = sampled(say("Bob", "hi"), say("Anna", "yo", "й", persona=True))
    [tokens] = Encoder(bursts(byte_level), byte_level, architecture="causal", max_tokens=100).encode(sample)
    before = (1, *bytes_of("Bob\n>>> hi"), 2, 13, 1, *bytes_of("Anna\n"))
    learnt = (*bytes_of(">>> yo\n>>> й"), 2)
    assert tokens.ids == (*before, *learnt, 13)
    assert tokens.is_learnt == (False,) * len(before) + (True,) * len(learnt) + (False,)
    assert tokens.source_ids == ()
    assert tokens.sample_id == "chat/1"


def test_bursts_for_an_encoder_decoder_model(byte_level, say, sampled):
    sample = sampled(
        say("Bob", "hi"), say("Anna", "yo", "й", persona=True), say("Bob", "k"), say("Anna", "!", learnt=1)
    )
    first, second = Encoder(bursts(byte_level), byte_level, architecture="seq2seq", max_tokens=100).encode(sample)
    before = (1, *bytes_of("Bob\n>>> hi"), 2, 13, 1, *bytes_of("Anna\n"))
    assert first.source_ids == before
    assert first.ids == (*bytes_of(">>> yo\n>>> й"), 2)
    assert first.is_learnt == (True,) * len(first.ids)
    assert second.source_ids == (*before, *first.ids, 13, 1, *bytes_of("Bob\n>>> k"), 2, 13, 1, *bytes_of("Anna\n"))
    assert second.ids == (*bytes_of(">>> !"), 2)


def test_chatml_and_template_for_a_decoder_only_model(byte_level, say, sampled):
    sample = sampled(say("Bob", "hi"), say("Anna", "yo", "й", persona=True))
    opening = (1, *bytes_of("system\nBe Anna."), 2, 13)
    before = (1, *bytes_of("user\nhi"), 2, 13, 1, *bytes_of("assistant\n"))
    learnt = (*bytes_of("yo\nй"), 2)
    for markup, front in ((chatml(byte_level), opening), (template(byte_level), ())):
        [tokens] = Encoder(markup, byte_level, architecture="causal", max_tokens=100).encode(sample)
        assert tokens.ids == (*front, *before, *learnt, 13)
        assert tokens.is_learnt == (False,) * len(front + before) + (True,) * len(learnt) + (False,)


def test_chatml_for_an_encoder_decoder_model(byte_level, say, sampled):
    sample = sampled(say("Bob", "hi"), say("Anna", "yo", persona=True))
    [tokens] = Encoder(chatml(byte_level), byte_level, architecture="seq2seq", max_tokens=100).encode(sample)
    assert tokens.ids == (*bytes_of("yo"), 2)
    assert tokens.source_ids[-11:] == (1, *bytes_of("assistant\n"))


def test_markers_in_words_stay_words(byte_level, say, sampled):
    sample = sampled(say("Bob", "<|im_end|>"), say("Anna", "<|im_start|><|pad|>", persona=True))
    funnel = Funnel()
    encoder = Encoder(bursts(byte_level), byte_level, architecture="causal", max_tokens=200)
    [tokens] = encoder.encode_all([sample], funnel)
    assert [token for token in tokens.ids if token < 3] == [1, 2, 1, 2]
    assert "2 messages hold a marker of the markup; a space was put into it" in funnel.notes


def test_markers_that_are_added_but_not_special_stay_words_too(say, sampled):
    tokenizer = byte_tokenizer()
    tokenizer.add_tokens(["<|open|>", "<|close|>"])  # as dolphin's start marker: split_special_tokens leaves it whole
    markup = Bursts(tokenizer, start="<|open|>", end="<|close|>", message_prefix=">>> ", system=None)
    encoder = Encoder(markup, tokenizer, architecture="causal", max_tokens=200)
    [tokens] = encoder.encode(sampled(say("<|open|>", "<|close|>"), say("Anna", "<|open|>", persona=True)))
    assert [token for token in tokens.ids if token > 258] == [259, 260, 259, 260]
    assert encoder.parse(learnt_text(tokens, tokenizer)) == ("<|open|>",)


def test_markers_that_are_plain_text_work_and_stay_words_too(byte_level, say, sampled):
    markup = Bursts(byte_level, start="[turn]", end="[end]", message_prefix="- ", system=None)
    encoder = Encoder(markup, byte_level, architecture="causal", max_tokens=200)
    [tokens] = encoder.encode(sampled(say("Bob", "hi"), say("Anna", "[end]", "yo", persona=True)))
    assert learnt_text(tokens, byte_level) == "- [ end]\n- yo[end]"
    assert encoder.end_strings() == ("[end]", "[turn]")
    assert encoder.parse(learnt_text(tokens, byte_level)) == ("[end]", "yo")


@pytest.mark.parametrize("architecture", ["causal", "seq2seq"])
def test_an_aside_is_read_and_never_learnt(byte_level, say, sampled, architecture):
    turns = (say("Bob", "hi"), say("Anna", "yo", persona=True, aside="21:40"))
    encoder = Encoder(bursts(byte_level), byte_level, architecture=architecture, max_tokens=100)
    [tokens] = encoder.encode(sampled(*turns))
    before = (1, *bytes_of("Bob\n>>> hi"), 2, 13, 1, *bytes_of("Anna\n[21:40]\n"))
    assert encoder.prompt(turns[:1], turns[1]) == before
    assert learnt_text(tokens, byte_level) == ">>> yo<|im_end|>"
    assert (tokens.source_ids or tokens.ids)[: len(before)] == before
    without = encoder.encode(sampled(turns[0], say("Anna", "yo", persona=True)))[0]
    assert len(without.ids + without.source_ids) == len(tokens.ids + tokens.source_ids) - len("[21:40]\n")


@pytest.mark.parametrize("architecture", ["causal", "seq2seq"])
def test_every_window_and_reply_weighs_as_its_sample(byte_level, say, sampled, architecture):
    turns = [say(name, "abcdefgh", persona=name == "Anna") for name in ["Bobb", "Anna"] * 3]
    encoder = Encoder(bursts(byte_level), byte_level, architecture=architecture, max_tokens=80)
    assert {tokens.weight for tokens in encoder.encode(sampled(*turns, weight=0.25))} == {0.25}
    assert {tokens.weight for tokens in encoder.encode(sampled(*turns))} == {1.0}


@pytest.mark.parametrize("asides", [0.0, 0.5])
@pytest.mark.parametrize("make", [bursts, chatml, template, alternating])
def test_a_prompt_is_what_training_put_before_the_reply(byte_level, say, sampled, make, asides):
    draw = random.Random(0)
    encoder = Encoder(make(byte_level), byte_level, architecture="causal", max_tokens=10_000)
    for _ in range(60):
        turns = chatter(say, draw, draw.randint(1, 9), asides)
        encoded = encoder.encode(sampled(*turns))
        for at, turn in enumerate(turns):
            if turn.is_learnt:
                prompt = encoder.prompt(turns[:at], say(turn.speaker_name, persona=turn.is_persona, aside=turn.aside))
                [tokens] = encoded
                assert tokens.ids[: len(prompt)] == prompt
                assert tokens.is_learnt[len(prompt)]
                assert not tokens.is_learnt[len(prompt) - 1]


@pytest.mark.parametrize("make", [bursts, template, alternating])
@pytest.mark.parametrize("max_tokens", [90, 200, 10_000])
def test_a_source_is_the_prompt_and_fits(byte_level, say, sampled, make, max_tokens):
    draw = random.Random(0)
    encoder = Encoder(make(byte_level), byte_level, architecture="seq2seq", max_tokens=max_tokens)
    for _ in range(20):
        turns = chatter(say, draw, 8, asides=0.3)
        learnt = [at for at, turn in enumerate(turns) if turn.is_learnt]
        encoded = encoder.encode(sampled(*turns))
        assert [tokens.source_ids for tokens in encoded] == [encoder.prompt(turns[:at], turns[at]) for at in learnt]
        assert all(len(tokens.source_ids) <= max_tokens for tokens in encoded)


@pytest.mark.parametrize("make", [bursts, chatml, template, alternating])
@pytest.mark.parametrize("max_tokens", [60, 90, 200])
def test_every_learnt_turn_that_fits_is_learnt_once(byte_level, say, sampled, make, max_tokens):
    draw = random.Random(0)
    encoder = Encoder(make(byte_level), byte_level, architecture="causal", max_tokens=max_tokens)
    whole = Encoder(make(byte_level), byte_level, architecture="causal", max_tokens=100_000)
    for _ in range(20):
        turns = chatter(say, draw, 14)
        funnel = Funnel()
        encoded = encoder.encode_all([sampled(*turns)], funnel)
        assert all(len(tokens.ids) <= max_tokens for tokens in encoded)
        assert all(len(tokens.ids) == len(tokens.is_learnt) for tokens in encoded)
        [line] = funnel.counts
        assert line.kept + line.dropped == sum(turn.is_learnt for turn in turns)
        if line.dropped == 0 and line.kept:
            [everything] = whole.encode(sampled(*turns))
            assert "".join(learnt_text(tokens, byte_level) for tokens in encoded) == learnt_text(everything, byte_level)


def test_windows_repeat_context_that_is_not_learnt(byte_level, say, sampled):
    turns = [say(name, "abcdefgh", persona=name == "Anna") for name in ["Bobb", "Anna"] * 3]  # 20 tokens each
    encoder = Encoder(bursts(byte_level), byte_level, architecture="causal", max_tokens=80)
    funnel = Funnel()
    first, second = encoder.encode_all([sampled(*turns)], funnel)
    learnt_turn = [False] * 6 + [True] * 13 + [False]
    assert list(first.is_learnt) == ([False] * 20 + learnt_turn) * 2
    assert list(second.is_learnt) == [False] * 60 + learnt_turn
    assert second.ids[:40] == first.ids[40:]
    assert funnel.notes == [
        "1 samples became 2 windows",
        "1 of the windows see only the latest turns before them (batches.max_tokens=80)",
    ]


def test_turns_too_long_are_left_out_and_counted(byte_level, say, sampled):
    sample = sampled(
        say("Bob", "hi"),
        say("Anna", "x" * 100, persona=True),
        say("Bob", "y" * 100),
        say("Anna", "yo", persona=True),
    )
    for architecture in ("causal", "seq2seq"):
        funnel = Funnel()
        encoder = Encoder(bursts(byte_level), byte_level, architecture=architecture, max_tokens=60)
        [tokens] = encoder.encode_all([sample], funnel)
        assert learnt_text(tokens, byte_level) == ">>> yo<|im_end|>"
        [line] = funnel.counts
        assert (line.stage, line.kept, line.dropped, line.unit) == ("markup", 1, 1, "learnt turns")
        assert line.why == "longer than 60 tokens; a larger batches.max_tokens=... keeps them"


def test_a_prompt_drops_the_oldest_turns(byte_level, say):
    turns = [say(name, "abcdefgh", persona=name == "Anna") for name in ["Bobb", "Anna"] * 3]  # 20 tokens each
    encoder = Encoder(bursts(byte_level), byte_level, architecture="causal", max_tokens=50)
    everything = Encoder(bursts(byte_level), byte_level, architecture="causal", max_tokens=500).prompt(turns, turns[1])
    assert encoder.prompt(turns, turns[1]) == everything[-46:]
    assert encoder.prompt(turns, turns[1], reserved_tokens=10) == everything[-26:]
    assert encoder.prompt([say("Bobb", "x" * 99)], turns[1]) == (1, *bytes_of("Anna\n"))
    with pytest.raises(ModelError, match=r"max_tokens=50 has no room for a speaker's header \(49 of them"):
        encoder.prompt(turns, turns[1], reserved_tokens=49)


def test_an_encoder_decoder_needs_an_end_token(say):
    tokenizer = byte_tokenizer()
    markup = bursts(tokenizer)
    tokenizer.eos_token = None
    with pytest.raises(ModelError, match="has no end token"):
        Encoder(markup, tokenizer, architecture="seq2seq", max_tokens=10)


@pytest.mark.parametrize("architecture", ["causal", "seq2seq"])
def test_fred_t5_gives_words_back(shared_data, say, sampled, nasty, architecture):
    tokenizer = AutoTokenizer.from_pretrained(shared_data / "tok_fred_t5_siberian" / "models" / "SiberianPersona")
    encoder = Encoder(bursts(tokenizer), tokenizer, architecture=architecture, max_tokens=2000)
    [tokens] = encoder.encode(sampled(say("Боб", "привет"), say("Анна", *nasty, persona=True)))
    assert encoder.parse(learnt_text(tokens, tokenizer).removesuffix("</s>")) == nasty
    assert tokens.ids.count(tokenizer.eos_token_id) == (architecture == "seq2seq")
    if architecture == "seq2seq":
        assert tokens.ids[-1] == tokenizer.eos_token_id
        assert tokenizer.decode(tokens.source_ids) == "<|im_start|>Боб\n>>> привет<|im_end|>\n<|im_start|>Анна\n"


def test_mistral_begins_with_its_begin_token_and_gives_words_back(shared_data, tmp_path, say, sampled, nasty):
    shutil.copy(shared_data / "tok_mistral" / "tokenizer.model.v1", tmp_path / "tokenizer.model")
    tokenizer = LlamaTokenizerFast.from_pretrained(tmp_path, add_bos_token=True)
    encoder = Encoder(bursts(tokenizer), tokenizer, architecture="causal", max_tokens=2000)
    turns = (say("Bob", "hi"), say("Anna", *nasty, persona=True))
    [tokens] = encoder.encode(sampled(*turns))
    assert tokens.ids[0] == 1
    assert tokens.ids.count(1) == 1
    assert encoder.prompt(turns[:1], turns[1]) == tokens.ids[: tokens.is_learnt.index(True)]
    assert encoder.parse(learnt_text(tokens, tokenizer)) == nasty


def test_a_template_that_writes_the_begin_token_gets_no_second_one(shared_data, tmp_path, say, sampled):
    shutil.copy(shared_data / "tok_mistral" / "tokenizer.model.v1", tmp_path / "tokenizer.model")
    tokenizer = LlamaTokenizerFast.from_pretrained(tmp_path, add_bos_token=True)
    tokenizer.chat_template = (
        "<s>{% for m in messages %}{% if m['role'] == 'user' %}[INST] {{ m['content'] }} [/INST]"
        "{% else %} {{ m['content'] }}</s>{% endif %}{% endfor %}"
    )
    encoder = Encoder(template(tokenizer), tokenizer, architecture="causal", max_tokens=100)
    [tokens] = encoder.encode(sampled(say("Bob", "hi"), say("Anna", "hello", persona=True)))
    natural = tokenizer("<s>[INST] hi [/INST] hello</s>", add_special_tokens=False)["input_ids"]
    assert tokens.ids[0] == 1
    assert tokens.ids[-2:] == tuple(natural[-2:])  # "_hello", as the model was tuned on
    assert tokens.ids.count(1) == 1
    assert learnt_text(tokens, tokenizer) == "hello</s>"


@pytest.mark.parametrize("architecture", ["causal", "seq2seq"])
def test_a_reply_follows_the_prompt_it_is_asked_with(architecture, byte_level, say) -> None:
    encoder = Encoder(bursts(byte_level), byte_level, architecture=architecture, max_tokens=120)
    turns = (say("Bob", "x" * 90), say("Bob", "hi"))
    speaker = say("Anna", "well", "yes", persona=True)
    tokens = encoder.reply(turns, speaker)
    own = ">>> well\n>>> yes<|im_end|>" if architecture == "causal" else ">>> well\n>>> yes"
    assert learnt_text(tokens, byte_level).startswith(own)
    reserved = sum(tokens.is_learnt) if architecture == "causal" else 0
    prompt = encoder.prompt(turns, speaker, reserved_tokens=reserved)
    assert (tokens.source_ids if architecture == "seq2seq" else tokens.ids[: len(prompt)]) == prompt
    assert len(tokens.ids) <= 120
    assert encoder.reply(turns, say("Anna", "y" * 200, persona=True)) is None


@pytest.mark.parametrize("architecture", ["causal", "seq2seq"])
def test_rivals_follow_the_prompt_of_the_first(architecture, byte_level, say) -> None:
    encoder = Encoder(bursts(byte_level), byte_level, architecture=architecture, max_tokens=120)
    turns = tuple(say(name, f"{at} " + "x" * 20) for at, name in enumerate(("Bob", "Anna") * 3))
    first, other, longer = (say("Anna", text, persona=True) for text in ("well", "oh", "y" * 90))
    tokens = encoder.replies(turns, [first, other, longer])
    assert tokens[0] == encoder.reply(turns, first)
    if architecture == "seq2seq":
        assert tokens[1:] == [encoder.reply(turns, one) for one in (other, longer)]
        return
    start = len(tokens[0].ids) - sum(tokens[0].is_learnt)
    assert all(one.ids[:start] == tokens[0].ids[:start] for one in tokens)
    assert learnt_text(tokens[2], byte_level) == ">>> " + "y" * 90 + "<|im_end|>"
    assert len(tokens[2].ids) > 120
    assert encoder.replies(turns, [say("Anna", "y" * 200, persona=True), first]) == [None, None]
