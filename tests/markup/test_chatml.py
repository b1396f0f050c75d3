import pytest

from doppel.markup.chatml import ChatML


@pytest.fixture
def chatml(byte_level):
    return ChatML(byte_level, start="<|im_start|>", end="<|im_end|>", system=None)


def rendered(markup, turns):
    shown = markup.prepare(turns)
    parts = [markup.opening(shown), *((*markup.header(turn), *markup.body(turn)) for turn in shown)]
    return "".join(segment.text for part in parts for segment in part)


def test_between_two_the_roles_say_who_speaks(chatml, say):
    turns = (say("Bob", "hi", "a\nb"), say("Anna", "yo", persona=True))
    assert rendered(chatml, turns) == ("<|im_start|>user\nhi\na\n b<|im_end|>\n<|im_start|>assistant\nyo<|im_end|>\n")


def test_in_a_group_the_others_have_names_in_their_headers(chatml, say):
    turns = (say("Bob", "hi"), say("Cid", "hey"), say("Anna", "yo", persona=True), say("Bob", "bye"))
    assert rendered(chatml, turns) == (
        "<|im_start|>user\nhi<|im_end|>\n<|im_start|>user\nCid: hey<|im_end|>\n"
        "<|im_start|>assistant\nyo<|im_end|>\n<|im_start|>user\nBob: bye<|im_end|>\n"
    )
    assert [segment.text for segment in chatml.header(turns[1])] == ["<|im_start|>", "user\n", "Cid: "]


def test_an_aside_ends_a_header(chatml, say):
    turns = (
        say("Bob", "hi", aside="21:40"),
        say("Cid", "hey", aside="answers: hi"),
        say("Anna", "yo", persona=True, aside="at night"),
    )
    assert rendered(chatml, turns) == (
        "<|im_start|>user\n[21:40]\nhi<|im_end|>\n<|im_start|>user\nCid: [answers: hi]\nhey<|im_end|>\n"
        "<|im_start|>assistant\n[at night]\nyo<|im_end|>\n"
    )
    headers = [segment for turn in turns for segment in chatml.header(turn)]
    assert not any(segment.is_learnt for segment in headers)


def test_a_system_text_opens(byte_level, say):
    told = ChatML(byte_level, start="<|im_start|>", end="<|im_end|>", system="You are Anna.")
    assert rendered(told, ()) == "<|im_start|>system\nYou are Anna.<|im_end|>\n"


def test_only_words_and_end_of_a_learnt_turn_are_learnt(chatml, say):
    turn = say("Anna", "yo", persona=True)
    segments = (*chatml.header(turn), *chatml.body(turn))
    assert [segment.text for segment in segments if segment.is_learnt] == ["yo", "<|im_end|>"]


def test_a_body_parses_back_whatever_is_in_it(chatml, say, nasty):
    for messages in (nasty, *((message,) for message in nasty)):
        body = "".join(segment.text for segment in chatml.body(say("Anna", *messages, persona=True)))
        assert chatml.parse(body) == messages
