"""One sample a reply, with its chain."""

from typing import Any

from doppel.samples.reply import Replies
from doppel.types import Count
from tests.samples.scripted import made, session, words


def replies(**changed: Any) -> Replies:
    settings: dict[str, Any] = {"learn": "persona", "max_context_turns": None, "min_turns": 2}
    return Replies(**settings | {"trivial": None, "situation": None, "recency": None} | changed)


def test_the_chain_from_its_root_without_what_was_said_meanwhile() -> None:
    samples, funnel = made(replies(), session("a c b1 c m3 m b5 m7 c m4"))
    assert [words(sample) for sample in samples] == [
        "a0 | b2 | m4 m5*",
        "a0 | b2 | m4 | b6 | m7*",
        "c3 | m9*",
    ]
    assert [sample.sample_id for sample in samples] == ["p:1/5", "p:1/8", "p:1/10"]
    assert funnel.counts[0] == Count("samples", 8, 2, "messages", "2 neither learnt nor in a chain that led there")


def test_the_chain_is_cut_at_its_oldest_end() -> None:
    samples, _ = made(replies(max_context_turns=2), session("a b1 a2 m3 a4 m5"))
    assert [words(sample) for sample in samples] == ["b1 | a2 | m3*", "m3 | a4 | m5*"]
    assert samples[0].replies_to == (1,)


def test_neighbours_of_one_speaker_are_one_turn_and_who_answers_oneself_answers_nobody() -> None:
    samples, _ = made(replies(), session("a b a1 m3 m4 c"))
    assert [words(sample) for sample in samples] == ["a0 a2 | m3 m4*"]


def test_anyone_and_short_chains() -> None:
    samples, funnel = made(replies(learn="everyone", min_turns=3), session("a b1 m2"), session("a b10", first=10))
    assert [words(sample) for sample in samples] == ["a0 | b1 | m2*"]
    assert funnel.counts[1] == Count("samples", 1, 1, "sessions", "1 of fewer than 3 turns")


def test_links_in_circles_do_no_harm() -> None:
    samples, _ = made(replies(), session("a2 m1 a3 m3"))
    assert [words(sample) for sample in samples] == ["a0 | m1*", "a2 | m3*"]
