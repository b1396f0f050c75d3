"""The samples of doppelganger's rules, by hand: all speakers learnt, sessions of less than 10 minutes' silence."""

from datetime import date
from pathlib import Path

from tests.driving import chat, from_export, write_export
from tests.experiments.common_export import (
    CHARS_180,
    CHARS_181,
    CHARS_548,
    CHARS_549,
    CHARS_1500,
    LAUGH,
    ME,
    THUMB,
    VERA,
    lines_of_common_export,
    prepared,
    said,
    sent,
    split_of,
)

LATE = "filters.dates.relative_to=2024-04-01"

SILENCES = [
    "Anna*: hi / you there? | Max*: yes / what now | Anna*: lunch? | Max*: sure | Anna*: where | Max*: at home"
    " | Anna*: when | Max*: at two | Anna*: soon | Max*: yes soon",  # up to 9:59
    "Anna*: ok | Max*: bring tea",  # 10:00
    "Anna*: green | Max*: black",
    "Anna*: here | Max*: come in",
    "Anna*: thanks | Max*: any time",
    "Anna*: home | Max*: good",
    "Anna*: asleep | Max*: not yet",
    "Anna*: night | Max*: good night",
    "Anna*: morning | Max*: coffee",
    "Anna*: today? | Max*: busy today",  # its own code goes on here: 24:05 are 5 minutes to it
    "Max*: guess what | Anna*: what | Max*: I won",
    "Anna*: congrats / really | Max*: thank you",
    "Anna*: question | Max*: answer | Anna*: oh",  # what follows the target's last turn stays
    # "are you ok" and "was away" are 5:30 hours apart: two sessions of one turn
]
KINDS = [  # without forwards and the inline bot's text, which are learnt there
    f"Boris*: look https://example.org/a | Max*: wow | Boris*: {THUMB} | Max*: + / nice place | Boris*: our garden"
    f" | Max*: this is very big | Boris*: a - b c | Max*: fine by me | Boris*: {CHARS_181}"
    f" | Max*: {CHARS_180} / {LAUGH} / bye"
]
GROUP = [  # no deleted account; of the sessions after half an hour, one has no Max and one no Max after its first turn
    "Boris*: hello club | Anna*: hello | Max*: hello all | Max at work*: me too | Boris*: who fixed the server",
    "Max*: it was the fuse / who left | Anna*: nobody | Max*: good",
]
LENGTHS = [
    f"Vera*: {CHARS_1500} | Max*: {CHARS_548}",
    f"Vera*: {CHARS_1500} | Max*: {CHARS_549}",
]


def test_its_samples_of_the_common_export(tmp_path: Path) -> None:
    expected = [*SILENCES, *KINDS, *GROUP, *LENGTHS]
    assert lines_of_common_export(tmp_path, "doppelganger_data", LATE) == expected


def test_only_the_last_60_times_30_days(tmp_path: Path) -> None:
    messages = [*sent("2019-04-27", said("0:00", VERA, "too old"), said("1:00", ME, "so it is"))]
    messages += [*sent("2019-04-28", said("0:00", VERA, "old"), said("1:00", ME, "not too old"))]
    numbered = [message | {"id": number} for number, message in enumerate(messages)]
    export = write_export(tmp_path / "result.json", [chat("Vera", 8, numbered)])
    samples, _ = prepared("experiment=doppelganger_data", *from_export(export), LATE)
    assert [sample.started_at.date() for sample in samples] == [date(2019, 4, 28)]


def test_its_split() -> None:
    assert split_of("doppelganger_data") == "SplitByTime"
