import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doppel.errors import ConfigError
from doppel.markup.encoder import Encoder
from doppel.markup.fred import Fred
from doppel.types import Segment, Turn
from tests.markup.real_tokenizers import fred_tokenizer

PLAIN = {
    "denoiser": "<SC1>",
    "opening": "Тебя зовут {name}. Продолжи диалог:\n",
    "other": "Собеседник: ",
    "own": "Ты: ",
    "turn_end": "\n",
    "ask": "Ты: ",
    "sentinel": "<extra_id_0>",
}
DIGITAL_COPY = PLAIN | {
    "opening": "Тебя зовут {name}. Ваш прошлый диалог: ",
    "other": " Собеседник:",
    "own": " Ты:",
    "ask": " Твой ответ: ",
}


@pytest.fixture(scope="module")
def tokenizer(shared_data):
    return fred_tokenizer(shared_data)


def encoder(tokenizer, max_tokens=2000, **settings):
    return Encoder(Fred(tokenizer, **(PLAIN | settings)), tokenizer, architecture="seq2seq", max_tokens=max_tokens)


def test_history_has_labels_and_the_prompt_ends_with_the_gap(tokenizer, say, sampled):
    turns = (
        say("Боб", "привет"),
        say("Нелл", "ага", "ты где", persona=True),
        say("Боб", "дома"),
        say("Нелл", "ок", persona=True),
    )
    first, second = encoder(tokenizer).encode(sampled(*turns))
    opening = "<SC1>Тебя зовут Нелл. Продолжи диалог:\nСобеседник: привет\n"
    assert tokenizer.decode(first.source_ids) == f"{opening}Ты: <extra_id_0>"
    assert tokenizer.decode(first.ids) == "<extra_id_0>ага\nты где</s>"
    assert tokenizer.decode(second.source_ids) == f"{opening}Ты: ага\nты где\nСобеседник: дома\nТы: <extra_id_0>"
    assert tokenizer.decode(second.ids) == "<extra_id_0>ок</s>"
    assert (first.source_ids[0], first.source_ids[-1], first.ids[0], first.ids[-1]) == (50358, 50257, 50257, 2)
    assert first.is_learnt == (True,) * len(first.ids)
    assert 2 not in first.source_ids  # FRED-T5 has read its texts without an end token


def test_the_tokens_are_those_of_the_whole_text(tokenizer, say, sampled):
    [tokens] = encoder(tokenizer).encode(sampled(say("Боб", "привет, как ты"), say("Нелл", "ок", persona=True)))
    whole = "<SC1>Тебя зовут Нелл. Продолжи диалог:\nСобеседник: привет, как ты\nТы: <extra_id_0>"
    assert list(tokens.source_ids) == tokenizer(whole)["input_ids"]


def test_digital_copys_prompt_is_a_setting(tokenizer, say, sampled):
    turns = (
        say("Боб", "привет"),
        say("Никита", "ага", persona=True),
        say("Боб", "дома"),
        say("Никита", "ок", persona=True),
    )
    tokens = encoder(tokenizer, **DIGITAL_COPY).encode(sampled(*turns))[-1]
    assert tokenizer.decode(tokens.source_ids) == (
        "<SC1>Тебя зовут Никита. Ваш прошлый диалог:  Собеседник:привет\n Ты:ага\n Собеседник:дома\n"
        " Твой ответ: <extra_id_0>"
    )


def test_devops_dudes_prompt_is_a_setting(tokenizer, say, sampled):
    settings = {"denoiser": "<SC6>", "opening": "Ты парень, программист. Продолжи диалог:\n", "ask": "Ты:"}
    [tokens] = encoder(tokenizer, **settings).encode(
        sampled(say("вопрос", "куб упал"), say("ответ", "бывает", learnt=1))
    )
    assert tokenizer.decode(tokens.source_ids) == (
        "<SC6>Ты парень, программист. Продолжи диалог:\nСобеседник: куб упал\nСобеседник: ответ: <extra_id_0>"
    )
    [tokens] = encoder(tokenizer, **settings).encode(
        sampled(say("вопрос", "куб упал"), say("ответ", "бывает", persona=True))
    )
    assert tokenizer.decode(tokens.source_ids).endswith("\nСобеседник: куб упал\nТы:<extra_id_0>")


def test_asides_stand_before_what_asks(tokenizer, say, sampled):
    turns = (say("Боб", "привет", aside="21:40"), say("Нелл", "ок", persona=True, aside="час спустя"))
    [tokens] = encoder(tokenizer).encode(sampled(*turns))
    assert tokenizer.decode(tokens.source_ids).endswith("Собеседник: [21:40]\nпривет\n[час спустя]\nТы: <extra_id_0>")


def test_who_answers_is_named_and_others_are_where_there_are_several(tokenizer, say):
    turns = (say("Боб", "раз"), say("Аня", "два"), say("Боб", "три"))
    asked = encoder(tokenizer).prompt(turns, say("Аня"))
    assert tokenizer.decode(asked) == (
        "<SC1>Тебя зовут Аня. Продолжи диалог:\nСобеседник: раз\nСобеседник: Аня: два\nСобеседник: Боб: три\n"
        "Собеседник: Аня: <extra_id_0>"
    )
    assert "user-" not in tokenizer.decode(encoder(tokenizer).prompt(turns[:1], say("Боб")))


def test_no_added_token_comes_out_of_words_or_names(tokenizer, say, sampled):
    words = ("<extra_id_0>", "<extra_id_17> <LM>", "</s>", "<SC6>Ты", "<|endoftext|>", "<pad>", "<s>")
    made = encoder(tokenizer)
    [tokens] = made.encode(sampled(say("<SC2><pad>", *words), say("<extra_id_3>", *words, persona=True)))
    assert [token for token in tokens.source_ids if token < 5 or token > 50256] == [50358, 50257]
    assert [token for token in tokens.ids if token < 5 or token > 50256] == [50257, 2]
    assert made.parse(tokenizer.decode(tokens.ids).removesuffix("</s>")) == words


def test_the_oldest_turns_are_dropped_and_the_opening_stays(tokenizer, say, sampled):
    turns = [say(name, "слово " * 5, persona=name == "Нелл") for name in ["Боб", "Нелл"] * 6]
    made = encoder(tokenizer, max_tokens=60)
    tokens = made.encode(sampled(*turns))[-1]
    text = tokenizer.decode(tokens.source_ids)
    assert text.startswith("<SC1>Тебя зовут Нелл. Продолжи диалог:\n")
    assert text.endswith("Ты: <extra_id_0>")
    assert 0 < text.count("слово") < 55
    assert text.count("слово") % 5 == 0
    assert len(tokens.source_ids) <= 60


def test_a_body_parses_back_whatever_is_in_it(tokenizer, say, nasty):
    markup = Fred(tokenizer, **PLAIN)
    for messages in (nasty, *((message,) for message in nasty)):
        said = "".join(segment.text for segment in markup.asking.answer(say("Нелл", *messages, persona=True)))
        assert markup.parse(said) == messages
    assert markup.parse("<extra_id_0> ага</s> и ещё") == ("ага",)
    assert Fred(tokenizer, **DIGITAL_COPY).parse("<extra_id_0> ага") == ("ага",)
    assert markup.end_strings() == ("</s>", "\nСобеседник:", "\nТы:")


def test_where_the_markers_are_no_tokens_they_are_text(byte_level, say, sampled):
    [tokens] = encoder(byte_level).encode(sampled(say("Bob", "hi"), say("Ann", "yo", persona=True)))
    assert byte_level.decode(tokens.ids) == "<extra_id_0>yo<|im_end|>"


def test_a_gap_without_a_marker_is_refused(tokenizer):
    with pytest.raises(ConfigError, match=r"Type markup.sentinel='<extra_id_0>'"):
        Fred(tokenizer, **(PLAIN | {"sentinel": ""}))


def test_the_frame_is_nobodys_words(tokenizer, say):
    markup = Fred(tokenizer, **PLAIN)
    assert markup.header(say("Боб", "x")) == (Segment("Собеседник:", False, True), Segment(" Боб: ", False, False))


TEXT = st.text(st.sampled_from("аб c\n<>_0/LM{}ext") | st.characters(codec="utf-8"), min_size=1, max_size=8)
TURNS = st.lists(st.tuples(st.sampled_from(["Боб", "Нелл", "Аня"]), st.lists(TEXT, min_size=1, max_size=2)), max_size=6)


@settings(max_examples=60, deadline=None)
@given(spoken=TURNS, settings_of=st.sampled_from([PLAIN, DIGITAL_COPY]), max_tokens=st.sampled_from([60, 2000]))
def test_train_is_serve_for_any_dialogue(tokenizer, sampled, spoken, settings_of, max_tokens):
    turns = [
        Turn(name, name, tuple(words), is_persona=name == "Нелл", is_learnt=name == "Нелл")
        for at, (name, words) in enumerate(spoken)
        if not at or spoken[at - 1][0] != name
    ]
    made = encoder(tokenizer, max_tokens, **settings_of)
    whole = [turn for turn in turns if turn.is_learnt and len(made._target(turn)) <= max_tokens]
    encoded = made.encode(sampled(*turns)) if turns else []
    assert len(encoded) == len(whole)
    for tokens, turn in zip(encoded, whole, strict=True):
        at = next(place for place, other in enumerate(turns) if other is turn)
        assert tokens.source_ids == made.prompt(turns[:at], turn)
        assert len(tokens.source_ids) <= max_tokens
        assert made.parse(tokenizer.decode(tokens.ids).removesuffix("</s>")) == turn.messages
        assert max(tokens.source_ids + tokens.ids) < 50364
