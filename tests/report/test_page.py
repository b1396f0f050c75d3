"""The page shows what it is given and nothing that a message could smuggle in."""

import re
from datetime import UTC, datetime
from typing import Any

from msgspec import structs

from doppel.report.page import Report, Shown, duration, page
from doppel.types import Chat, Count, Message, People, Persona, Speaker

HOSTILE = '</p><script>alert("x")</script><img src=x onerror=alert(1)>'
FACTS: dict[str, Any] = {
    "burst_messages": {"1": 3, "2": 1},
    "reply_seconds": {"upper_bounds": [10, 7200], "counts": [1, 2, 3]},
    "pause_seconds": {"upper_bounds": [2, 600], "counts": [0, 0, 0]},
    "short_messages": {"ага": 12, "<b>": 2},
    "learnt_messages": 1234,
    "learnt_chars": 9,
    "untimed_messages": 0,
    "turns": 9,
    "learnt_turns": 4,
    "chats": {"c": {"samples": 3, "learnt_messages": 4}},
    "years": {"2024": {"samples": 3, "learnt_messages": 4}},
}
TOKENS = {
    "samples": 3,
    "lengths": (10, 20, 30),
    "learnt_tokens": 25,
    "all_tokens": 100,
    "max_tokens": 512,
    "context_tokens": 2048,
    "losses": ("2 turns: too long",),
    "model": "Tiny",
}


def message(text: str, number: int = 1) -> Message:
    return Message(
        chat_id="c",
        chat_name=HOSTILE,
        chat_kind="personal",
        message_id=number,
        sent_at=datetime(2024, 3, 1, 12, 5, tzinfo=UTC),
        sender_id="u",
        sender_name="שרה",
        text=text,
    )


SHOWN = Shown("C", "2024", [(message("kept"), True), (message("gone", 2), False)], [("<|a|>", False), ("да", True)])


def report(**changes: Any) -> Report:
    chat = Chat("c", HOSTILE, "public_group", 9, {"me": 5, "u": 3}, {2024: 9})
    return Report(
        **{
            "personas": [Persona(frozenset({"me"}), "Аня")],
            "people": People({"me": Speaker("me", "Аня", frozenset({"Аня"}), 5)}, {"c": chat}),
            "sizes": {"train": 3, "validation": 1, "test": 0},
            "held_out": "from 2024-03-01 00:00 UTC (validation)",
            "counts": [Count("source", 9, 0, "messages", ""), Count("filters.links", 8, 1, "messages", "with links")],
            "examples": {"filters.links": [message(HOSTILE)]},
            "notes": ["re-export with everyone's messages"],
            "tallies": {"privacy": {"phone number": 2}, "filters.stickers": {"stickers to emoji": 4}},
            "facts": FACTS,
            "tokens": TOKENS,
            "shown": [SHOWN],
            **changes,
        }
    )


def words(html: str) -> str:
    return " ".join(re.sub(r"<(style|svg).*?</\1>|<[^>]*>", " ", html, flags=re.DOTALL).split())


def test_the_page_tells_what_it_was_given() -> None:
    told = words(page(report()))
    for expected in (
        "3 samples to learn from, 1 for validation, 0 for the test; held out is what was said from 2024-03-01",
        "Of 9 turns to learn from 4 are learnt, with 1,234 messages.",
        "re-export with everyone&#39;s messages",
        "filters.links 8 1 messages with links examples",
        "Replaced, always by the same stand-in: 2 phone numbers.",
        "filters.stickers: 4 stickers to emoji.",
        "Tiny: 100 tokens in 3 samples (measured on these, evenly over time), 25.0 % of them learnt.",
        "At most 512 at once (batches.max_tokens), the model reads 2,048",
        "2 turns: too long",
        "public group 2 9 5 3 4",
    ):
        assert expected in told
    html = page(report())
    assert '<p class="said out">' in html
    assert "<mark>да</mark>" in html
    assert html.count("<svg") == 5


def test_nothing_written_in_a_chat_becomes_markup() -> None:
    html = page(report())
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    assert "default-src 'none'" in html
    assert "http" not in re.sub(r'http-equiv|xmlns(:\w+)?="[^"]*"|"http://[^"]*\.dtd"', "", html)


def test_the_same_report_is_the_same_page() -> None:
    assert page(report()) == page(report())


def test_without_tokens_the_reason_stands_there() -> None:
    html = page(report(tokens="the model is gated: log in", shown=[], tallies={}, examples={}, held_out=""))
    assert "Tokens were not measured: the model is gated: log in" in words(html)
    assert "Nothing private was found." in words(html)
    assert html.count("<svg") == 4


def test_without_times_nothing_is_drawn_of_them_and_the_reason_stands_there() -> None:
    untimed = [(structs.replace(message("kept"), is_timed=False), True)]
    chat = Chat("c", "C", "personal", 9, {"me": 5, "u": 4}, {})
    facts = FACTS | {"untimed_messages": 9, "years": {}}
    html = page(report(facts=facts, people=People({}, {"c": chat}), shown=[Shown("C", "no time", untimed, [])]))
    assert html.count("<svg") == 2
    told = "9 messages in the conversations have no times, as the source tells none: left out of what is drawn by year"
    assert told in words(html)
    assert "שרה no time kept" in words(html)


def test_one_is_not_many() -> None:
    facts = FACTS | {"turns": 1, "learnt_turns": 1, "learnt_messages": 1, "untimed_messages": 1}
    html = page(report(facts=facts, sizes={"train": 1, "validation": 0, "test": 0}, tallies={"privacy": {"name": 1}}))
    for told in (
        "1 sample to learn from, 0 for validation",
        "Of 1 turn to learn from 1 is learnt, with 1 message.",
        "stand-in: 1 name.",
        "1 message in the conversations has no times",
    ):
        assert told in words(html)


def test_durations() -> None:
    assert [duration(seconds) for seconds in (2, 90, 600, 5400)] == ["2s", "1.5m", "10m", "1.5h"]
