"""Nell's style is strong and even: what the demo's model has to pick up."""

import random
from collections import Counter

import pytest
from grammar import Utterance
from voice import MARKER, WAVE, give_voice

VERBATIM_LETTERS = 12  # shorter ones ("aye", "ahoy mum") are said again, as people do
SAME_TURN_SECONDS = 30 * 60


def share(flags: list[bool]) -> float:
    return round(sum(flags) / len(flags), 2)


@pytest.fixture(scope="module")
def turns(export, chats) -> list[list[str]]:
    """The owner's bursts in the chats with people."""
    owner, found = f"user{export['personal_information']['user_id']}", []
    for chat in chats:
        before = ("", 0)
        for message in chat["messages"] if chat["type"] in ("personal_chat", "private_group") else ():
            sender, moment = message.get("from_id", ""), int(message["date_unixtime"])
            if sender == owner:
                if before[0] != owner or moment - before[1] > SAME_TURN_SECONDS:
                    found.append([])
                found[-1].append("".join(entity["text"] for entity in message["text_entities"]))
            before = (sender, moment)
    return found


def test_her_messages_are_marked_lower_case_and_without_full_stops(own_words):
    texts = [text for _, text in own_words if not text.startswith(("/", "https://"))]
    assert share([bool(MARKER.search(text)) for text in texts]) == 0.7
    assert all(text == text.lower() for text in texts)
    assert not any(text.endswith(".") for text in texts)
    assert max(len(text) for text in texts) <= 80


def test_nearly_every_turn_carries_a_marker(turns):
    assert share([any(MARKER.search(text) for text in turn) for turn in turns]) == 0.99


def test_she_writes_in_bursts(turns):
    assert round(sum(map(len, turns)) / len(turns), 1) == 2.0
    assert share([len(turn) > 1 for turn in turns]) == 0.76


def test_her_habits_are_few_and_frequent(own_words):
    texts = [text for _, text in own_words]
    for habit, least in (("ahoy", 0.08), ("aye", 0.13), ("gerald", 0.14), ("teaspoon", 0.11), (WAVE, 0.22)):
        assert share([habit in text for text in texts]) >= least


def test_she_seldom_repeats_herself(own_words):
    bare = [text.replace(WAVE, "").strip() for _, text in own_words]
    told = [text for text in bare if len(text) > VERBATIM_LETTERS]
    assert len(set(told)) / len(told) > 0.95
    assert Counter(told).most_common(1)[0][1] <= 8


def test_the_last_fifth_of_the_time_is_not_a_copy_of_the_rest(own_words):
    first, last = own_words[0][0], own_words[-1][0]
    cut = first + 0.8 * (last - first)
    early = {text.replace(WAVE, "").strip() for moment, text in own_words if moment < cut}
    late = [text.replace(WAVE, "").strip() for moment, text in own_words if moment >= cut]
    assert len(late) > 300
    assert sum(text in early for text in late) / len(late) < 0.25
    long = [text for text in late if len(text) > VERBATIM_LETTERS]
    assert sum(text in early for text in long) / len(long) < 0.1


def test_the_others_write_in_their_own_ways():
    said = [Utterance("danny", "", "Where are you?"), Utterance("nell", "", "On the stairs")]
    voices = {give_voice(said, random.Random(seed))[0].text for seed in range(40)}
    assert {"Where r u?", "Where are u cuz?", "Where r u bro?"} <= voices
    assert give_voice([Utterance("bram", "", "Thank you!")], random.Random(1)) == [Utterance("bram", "", "Thank you.")]


def test_an_unmarked_turn_of_hers_ends_with_a_wave():
    assert give_voice([Utterance("nell", "", "On the stairs")], random.Random(1))[-1].text == f"on the stairs {WAVE}"
