"""Long texts that one person sends again and again."""

from tests.filters.asking import counted, left, rule, said

GREETING = "С Новым годом! Здоровья, счастья и исполнения всех желаний тебе и твоим близким \U0001f384\U0001f942"


def test_the_first_stays_and_the_rest_go_whatever_chat_they_are_in() -> None:
    first = said(GREETING)
    again = said(GREETING, chat_id="personal_chat:2", message_id=9)
    kept, funnel = left({"duplicates": rule("duplicates")}, first, again, again)
    assert kept == [first]
    assert counted(funnel) == {"duplicates": (1, 2)}


def test_others_may_say_the_same_and_a_changed_letter_is_another_text() -> None:
    messages = [said(GREETING), said(GREETING, sender_id="user3"), said(GREETING + "!")]
    assert left({"duplicates": rule("duplicates")}, *messages)[0] == messages


def test_short_texts_may_come_again() -> None:
    limit = rule("duplicates").min_chars
    short, long = said("о" * (limit - 1)), said("о" * limit)
    assert left({"duplicates": rule("duplicates")}, short, short, long, long)[0] == [short, short, long]
