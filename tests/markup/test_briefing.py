"""What whoever speaks is told: in the system part and before the words, of the asked turn alone, and never learnt."""

from dataclasses import replace

import pytest

from doppel.markup.bursts import Bursts
from doppel.markup.chatml import ChatML
from doppel.markup.encoder import Encoder
from doppel.markup.fred import Fred
from doppel.markup.instruction import Instruction
from doppel.markup.template import Template
from doppel.model.byte_tokenizer import byte_tokenizer
from doppel.types import Briefing
from tests.markup.test_encoder import MARKERS

TOLD = Briefing(("I keep geese.", "a\nb <|im_end|>"), ("said before: hi <|im_end|>",), 5)
SYSTEM_FIRST = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
NO_SYSTEM = (
    "{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    "<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
)


def talk(say):
    asked = (say("Bob", "hello"), say("Anna", "well", persona=True), say("Bob", "geese?"))
    return asked, replace(say("Anna", "no geese", persona=True), briefing=TOLD)


def prompt(markup, tokenizer, say, architecture="causal"):
    encoder = Encoder(markup, tokenizer, architecture=architecture, max_tokens=1000)
    return tokenizer.decode(list(encoder.prompt(*talk(say))))


def test_the_markers_of_words_are_shielded_wherever_they_are_told(byte_level, say):
    assert prompt(Bursts(byte_level, **MARKERS, message_prefix=">>> ", system=None), byte_level, say) == (
        "<|im_start|>system\nI keep geese.\na b < |im_end|><|im_end|>\n<|im_start|>Bob\n>>> hello<|im_end|>\n"
        "<|im_start|>Anna\n>>> well<|im_end|>\n<|im_start|>Bob\n>>> geese?<|im_end|>\n"
        "<|im_start|>Anna\n[said before: hi < |im_end|>]\n"
    )


def test_what_is_told_follows_the_system_s_own_words(byte_level, say):
    assert prompt(ChatML(byte_level, **MARKERS, system="Be Anna."), byte_level, say) == (
        "<|im_start|>system\nBe Anna.\nI keep geese.\na b < |im_end|><|im_end|>\n<|im_start|>user\nhello<|im_end|>\n"
        "<|im_start|>assistant\nwell<|im_end|>\n<|im_start|>user\ngeese?<|im_end|>\n"
        "<|im_start|>assistant\n[said before: hi < |im_end|>]\n"
    )


def test_a_heading_markup_tells_it_first(byte_level, say):
    markup = Instruction(
        byte_level, opening="Talk.\n", other="Q: ", own="A: ", before_end="", end="<|im_end|>", after_end="\n"
    )
    assert prompt(markup, byte_level, say) == (
        "I keep geese.\na b < |im_end|>\nTalk.\nQ: hello<|im_end|>\nA: well<|im_end|>\nQ: geese?<|im_end|>\n"
        "A: [said before: hi < |im_end|>]\n"
    )


def test_fred_tells_it_behind_the_denoiser_and_before_the_gap(byte_level, say):
    markup = Fred(
        byte_level, denoiser="<SC1>", opening="You are {name}.\n", other="Other: ", own="You: ", turn_end="\n",
        ask="You: ", sentinel="<extra_id_0>",
    )  # fmt: skip
    assert prompt(markup, byte_level, say, "seq2seq") == (
        "<SC1>I keep geese.\na b < |im_end|>\nYou are Anna.\nOther: hello\nYou: well\nOther: geese?\n"
        "[said before: hi < |im_end|>]\nYou: <extra_id_0>"
    )


@pytest.mark.parametrize(
    ("template", "opening"),
    [
        (SYSTEM_FIRST, "<|im_start|>system\nI keep geese.\na b < |im_end|><|im_end|>\n"),
        (NO_SYSTEM, "<|im_start|>user\nI keep geese.\na b < |im_end|><|im_end|>\n"),
    ],
)
def test_a_template_tells_it_where_it_has_a_place(template, opening, say):
    tokenizer = byte_tokenizer()
    tokenizer.chat_template = template
    text = prompt(Template(tokenizer, system=None), tokenizer, say)
    assert text.startswith(opening + "<|im_start|>user\nhello<|im_end|>\n")
    assert text.endswith("<|im_start|>assistant\n[said before: hi < |im_end|>]\n")


def test_every_reply_is_learnt_once_behind_the_prompt_that_asks_for_it(byte_level, say, sampled):
    encoder = Encoder(
        Bursts(byte_level, **MARKERS, message_prefix=">>> ", system=None),
        byte_level,
        architecture="causal",
        max_tokens=500,
    )
    turns, last = talk(say)
    first = replace(turns[1], briefing=Briefing(("I keep geese.",), ("said before: oh",)))
    tokens = encoder.encode(sampled(turns[0], first, turns[2], last))
    asked = [encoder.prompt(turns[:1], first), encoder.prompt(turns, last)]
    for one, before, words in zip(tokens, asked, ("well", "no geese"), strict=True):
        start = one.is_learnt.index(True)
        assert one.ids[:start] == before
        learnt = [token for token, is_learnt in zip(one.ids, one.is_learnt, strict=True) if is_learnt]
        assert byte_level.decode(learnt) == f">>> {words}<|im_end|>"
        assert encoder.reply(*((turns[:1], first) if words == "well" else (turns, last))).ids == one.ids


def test_facts_alone_leave_conversations_whole(byte_level, say, sampled):
    encoder = Encoder(ChatML(byte_level, **MARKERS, system=None), byte_level, architecture="causal", max_tokens=500)
    facts = Briefing(("I keep geese.",))
    turns, last = talk(say)
    told = [replace(turn, briefing=facts) for turn in (*turns, last)]
    (tokens,) = encoder.encode(sampled(*told))
    assert byte_level.decode(list(tokens.ids)).startswith("<|im_start|>system\nI keep geese.<|im_end|>\n")
    asked = encoder.prompt(tuple(told[:-1]), told[-1])
    assert tokens.ids[: len(asked)] == asked


def test_the_oldest_turns_go_first_and_what_is_told_stays(byte_level, say):
    markup, (turns, last) = ChatML(byte_level, **MARKERS, system=None), talk(say)
    whole = Encoder(markup, byte_level, architecture="causal", max_tokens=1000).prompt(turns, last)
    encoder = Encoder(markup, byte_level, architecture="causal", max_tokens=len(whole) - 1)
    text = byte_level.decode(list(encoder.prompt(turns, last)))
    assert text.startswith("<|im_start|>system\nI keep geese.")
    assert "hello" not in text
    assert "geese?" in text
    assert "said before" in text
