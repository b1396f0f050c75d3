"""What is recalled, and what never is."""

from dataclasses import replace
from pathlib import Path

import pytest

from doppel.errors import ConfigError
from doppel.memory.lexical import Lexical
from doppel.memory.passages import Horizon, passages_of
from doppel.types import CANARIES, REFUSED
from tests.memory.said import PAST, START, asked, option, recollection, sample


def words(found: list) -> list[str]:
    return [passage.words for passage in found]


def test_what_has_to_do_with_the_question_is_recalled_the_nearest_first() -> None:
    recall = recollection("min_score=0.1")
    assert words(recall(asked("are you afraid of geese"), "ann", None))[0] == "no I am afraid of geese"
    assert words(recall(asked("how many spoons of sugar?"), "ann", None)) == ["black tea / with four spoons of sugar"]
    assert recall(asked("xyzzy qwop"), "ann", None) == []
    assert recall((), "ann", None) == []
    assert recall(asked("are you afraid of geese"), "bob", None) == []  # of the speaker's own words alone


def test_a_question_that_was_answered_before_is_found_by_the_question() -> None:
    same = asked("what do you drink?")
    assert words(recollection()(same, "ann", None)) == ["black tea / with four spoons of sugar"]
    assert recollection("matches_questions=false")(same, "ann", None) == []


def test_nothing_of_the_same_conversation_or_of_later_is_recalled() -> None:
    recall, question = recollection(), asked("did you see the ship go down in the fog?")
    assert words(recall(question, "ann", None)) == ["the ship went down in the fog"]
    third = PAST[2]
    assert recall(question, "ann", Horizon(third.started_at, third.session_id)) == []
    fourth = Horizon(sample(4).started_at, third.session_id)  # a later part of the same conversation
    assert recall(question, "ann", fourth) == []
    assert words(recall(question, "ann", Horizon(fourth.began_at, "other"))) == ["the ship went down in the fog"]
    assert recall(question, "ann", Horizon(START, "other")) == []
    as_it_ends = Horizon(third.ended_at, "other")  # it must have ended before
    assert recall(question, "ann", as_it_ends) == []


def test_short_planted_judged_and_others_words_are_no_passages() -> None:
    planted = sample(5, "what is your number?", "it is 123 456 789", chat=CANARIES)
    judged = replace(sample(6, "are you well?", "as an assistant I am well"), label=REFUSED)
    found = passages_of([*PAST, planted, judged, PAST[0]], min_words=3)
    assert words(found) == [
        "no I am afraid of geese", "black tea / with four spoons of sugar", "the ship went down in the fog"
    ]  # fmt: skip
    assert "yes" in words(passages_of(PAST, min_words=1))


def test_what_was_said_twice_is_recalled_once_and_as_much_as_is_wanted() -> None:
    many = [sample(day, "geese?", f"geese are {'awful' if day < 3 else day}") for day in range(1, 9)]
    recall = recollection("recalled=4", samples=many)
    assert len(recall(asked("geese are"), "ann", None)) == 4
    again = [sample(day, "geese?", "Geese are AWFUL!") for day in (1, 2)]
    assert len(recollection(samples=again)(asked("geese are"), "ann", None)) == 1


@pytest.mark.parametrize("unit", ["words", "letters"])
def test_an_index_is_read_back_and_made_anew_where_it_does_not_fit(unit: str, tmp_path: Path) -> None:
    file, made = tmp_path / "memory" / "lexical.msgpack", []

    def samples() -> list:
        made.append(1)
        return PAST

    lexical = option("lexical", f"unit={unit}")
    assert isinstance(lexical, Lexical)
    first = lexical.recollection(samples, "sha", file)
    again = lexical.recollection(samples, "sha", file)
    question = asked("are you afraid of geese")
    assert made == [1]
    assert file.stat().st_mode & 0o077 == 0
    assert words(again(question, "ann", None)) == words(first(question, "ann", None)) != []
    lexical.recollection(samples, "other data", file)
    option("lexical", f"unit={unit}", "saturation=2.0").recollection(samples, "other data", file)
    file.write_bytes(b"\x00 damaged")
    lexical.recollection(samples, "sha", file)
    assert len(made) == 4


def test_russian_endings_do_not_hide_a_word() -> None:
    past = [sample(1, "кого боишься?", "с детства боюсь гусей и собак")]
    question = asked("у тебя есть собака или гуси?")
    assert recollection("min_score=0.001", samples=past)(question, "ann", None)
    assert recollection("min_score=0.001", "unit=words", samples=past)(question, "ann", None) == []


def test_an_empty_past_recalls_nothing() -> None:
    assert recollection(samples=[])(asked("hello there you"), "ann", None) == []


def test_a_wording_without_the_words_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"memory.wording='before' must hold \{words\}"):
        option("lexical", "wording=before")
