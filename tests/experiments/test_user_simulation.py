"""The samples of the User Simulation Network's rules, as far as it is described: pairs of a burst and its answer."""

from pathlib import Path

from tests.experiments.common_export import (
    CHARS_180,
    CHARS_181,
    CHARS_548,
    CHARS_549,
    CHARS_1500,
    LAUGH,
    lines_of_common_export,
    split_of,
)

SILENCES = [
    "Anna: hi / you there? | Max*: yes / what now",
    "Anna: lunch? | Max*: sure",
    "Anna: where | Max*: at home",
    "Anna: when | Max*: at two",
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
    "Anna: what | Max*: I won",
    "Anna: congrats / really | Max*: thank you",
    "Anna: question | Max*: answer",
    # "guess what" and "was away" answer nothing of the last hour
]
KINDS = [  # no forwards, no inline bot's text; stickers are no text
    "Boris: look https://example.org/a | Max*: wow / + / nice place",
    "Boris: our garden | Max*: this is very big",
    "Boris: a - b c | Max*: fine by me",
    f"Boris: {CHARS_181} | Max*: {CHARS_180} / {LAUGH} / bye",
]
GONE = ["Unknown: are you there | Max*: who is this"]
GROUP = [
    "Anna: hello | Max*: hello all",
    "Anna: I love pancakes | Max*: I did / last night",
    "Unknown: so long | Max*: who left",
    "Anna: nobody | Max*: good",
]
TOWN = ["Boris: where is the market | Max*: on the square"]
BOT = ["Helper: welcome | Max*: thanks bot"]
LENGTHS = [
    f"Vera: {CHARS_1500} | Max*: {CHARS_548}",
    f"Vera: {CHARS_1500} | Max*: {CHARS_549}",
]


def test_its_samples_of_the_common_export(tmp_path: Path) -> None:
    expected = [*SILENCES, *KINDS, *GONE, *GROUP, *TOWN, *BOT, *LENGTHS]
    assert lines_of_common_export(tmp_path, "user_simulation_data") == expected


def test_its_split() -> None:
    assert split_of("user_simulation_data") == "SplitByTime"
