"""The samples of digital_copy's rules, by hand: one's own bursts, learnt behind up to 200 characters of context."""

from pathlib import Path

from tests.experiments.common_export import CHARS_180, THUMB, lines_of_common_export, split_of

ONE = "Anna: hi / you there? | "
TWO = f"{ONE}Max: yes / what now | Anna: lunch? | "
THREE = f"{TWO}Max: sure | Anna: where | "
FOUR = f"{THREE}Max: at home | Anna: when | "
FIVE = f"{FOUR}Max: at two | Anna: soon | "
SIX = f"{FIVE}Max: yes soon | Anna: ok | "
EIGHT = "Anna: green | Max: black | Anna: here | "
NINE = f"{EIGHT}Max: come in | Anna: thanks | "
TEN = f"{NINE}Max: any time | Anna: home | "
ELEVEN = f"{TEN}Max: good | Anna: asleep | "
SILENCES = [
    f"{ONE}Max*: yes / what now",
    f"{TWO}Max*: sure",
    f"{THREE}Max*: at home",
    f"{FOUR}Max*: at two",
    f"{FIVE}Max*: yes soon",
    f"{SIX}Max*: bring tea",  # with this answer the context has 214 characters in its markup, and is emptied
    "Anna: green | Max*: black",
    f"{EIGHT}Max*: come in",
    f"{NINE}Max*: any time",
    f"{TEN}Max*: good",
    f"{ELEVEN}Max*: not yet",  # 2:59:59
    "Anna: night | Max*: good night",  # 3:00:00
    "Anna: morning | Max*: coffee",
    "Anna: today? | Max*: busy today",  # its own code goes on here: 24:05 hours are 5 minutes to it
    "Max: guess what | Anna: what | Max*: I won",
    "Anna: congrats / really | Max*: thank you",
    "Anna: question | Max*: answer",
    # "was away" comes 5:30 hours after "are you ok": the context is empty
]
KINDS = [  # no link, forwards, "+", captionless media, 181 characters, typed emoji, and of "a - b c" 3 in 7 are letters
    f"Max: wow | Boris: {THUMB} | Max*: nice place",
    f"Max: wow | Boris: {THUMB} | Max: nice place | Boris: our garden"
    f" | Max*: this is very big / fine by me / {CHARS_180} / bye",
]
GONE = ["Unknown: are you there | Max*: who is this"]
LAMP = "Boris: which lamp | Max: it was the fuse | Unknown: so long | "
GROUP = [
    "Boris: hello club | Anna: hello | Max*: hello all / me too",  # the two accounts are one person
    "Boris: hello club | Anna: hello | Max: hello all / me too | Boris: who fixed the server | Anna: I love pancakes"
    " | Max*: I did / last night",
    "Boris: which lamp | Max*: it was the fuse",  # emptied before
    f"{LAMP}Max*: who left",
    f"{LAMP}Max: who left | Anna: nobody | Max*: good",
]
TOWN = ["Boris: where is the market | Max*: on the square"]
BOT = ["Max: /start | Helper: welcome | Max*: thanks bot"]
# Of the texts to and from Vera, all have more than 180 characters.


def test_its_samples_of_the_common_export(tmp_path: Path) -> None:
    expected = [*SILENCES, *KINDS, *GONE, *GROUP, *TOWN, *BOT]
    assert lines_of_common_export(tmp_path, "digital_copy_data", "persona=[user1,user9]") == expected


def test_its_split() -> None:
    assert split_of("digital_copy_data") == "SplitByTime"
