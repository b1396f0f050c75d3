"""The samples of WeClone's rules, by hand: conversations of up to 5 minutes' silence, one's own turns learnt."""

from pathlib import Path

from tests.experiments.common_export import (
    CHARS_180,
    CHARS_181,
    CHARS_548,
    CHARS_1500,
    LAUGH,
    THUMB,
    lines_of_common_export,
    split_of,
)

SILENCES = [
    "Anna: hi / you there? | Max*: yes / what now | Anna: lunch? | Max*: sure | Anna: where | Max*: at home",  # to 5:00
    "Anna: when | Max*: at two",  # 5:01
    "Anna: soon | Max*: yes soon",
    "Anna: ok | Max*: bring tea",
    "Anna: green | Max*: black",
    "Anna: here | Max*: come in",
    "Anna: thanks | Max*: any time",
    "Anna: home | Max*: good",
    "Anna: asleep | Max*: not yet",
    "Anna: night | Max*: good night",
    "Anna: morning | Max*: coffee",
    "Anna: today? | Max*: busy today",
    "Max: guess what | Anna: what | Max*: I won",  # there the opening stands in the prompt as what to say
    "Anna: congrats / really | Max*: thank you",  # there "congrats", 3 minutes before, is lost
    # "answer" comes after 6 minutes, "was away" after 5:30 hours
]
KINDS = [  # a photo, a voice message and a round video end a conversation, a file vanishes; no forwards
    f"Boris: look https://example.org/a | Max*: wow | Boris: {THUMB} | Max*: +",
    "Max: nice place | Boris: our garden | Max*: this is very big",
    f"Boris: a - b c | Max*: fine by me | Boris: {CHARS_181} | Max*: {CHARS_180} / {LAUGH}",
]
GONE = ["Unknown: are you there | Max*: who is this"]
LENGTHS = [f"Vera: {CHARS_1500} | Max*: {CHARS_548}"]  # 2,048 characters; the other one has 2,049


def test_its_samples_of_the_common_export(tmp_path: Path) -> None:
    expected = [*SILENCES, *KINDS, *GONE, *LENGTHS]
    assert lines_of_common_export(tmp_path, "weclone_data") == expected


def test_its_split() -> None:
    assert split_of("weclone_data") == "SplitByTime"
