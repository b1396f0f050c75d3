"""The samples of DevOpsDudeBot's rules, by hand: a message and its reply, whoever wrote them."""

import json
from pathlib import Path

from tests.driving import chat, from_export, write_export
from tests.experiments.common_export import (
    ANNA,
    BORIS,
    VERA,
    assert_closed,
    lines,
    lines_of_common_export,
    prepared,
    said,
    sent,
    split_of,
)

ROWS = [
    ("who broke the build", "not me"),
    ("not me", "then who"),  # a chain: its second question is an answer as well
    ("look [unshowable media]", "nice graph"),
    ("[unshowable media]", "what is that"),  # nothing is left to answer
    ("is it up?", "[unshowable media]"),
    ("is it up?", "yes, see https://example.org/status"),
    ("is it up?", "yes, see https://example.org/status"),  # a pair that comes twice stays
    ("ping", "+"),
]


def test_its_samples_of_pairs(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    records = [json.dumps({"question": question, "answer": answer}) for question, answer in ROWS]
    file.write_text("\n".join(records), encoding="utf-8")
    samples, record = prepared("experiment=devops_dude_data", f"source.path={file}")
    assert_closed(record)
    assert lines(samples) == [
        "Question: who broke the build | Answer*: not me",
        "Question: not me | Answer*: then who",
        "Question: look | Answer*: nice graph",
        "Question: is it up? | Answer*: yes, see https://example.org/status",
        "Question: is it up? | Answer*: yes, see https://example.org/status",
        "Question: ping | Answer*: +",
    ]


def test_the_example_of_its_readme(tmp_path: Path) -> None:
    """12:00 a greeting, 12:30 something else, 13:00 a reply to the greeting: one pair."""
    messages = sent(
        "2024-03-01",
        said("0:00", ANNA, "Hello"),
        said("30:00", BORIS, "pancakes are great"),
        said("30:00", VERA, "Hi, how are you?", reply_to_message_id=1),
    )
    export = write_export(tmp_path / "result.json", [chat("Club", 5, messages, "private_supergroup")])
    samples, _ = prepared("experiment=devops_dude_data", *from_export(export), "persona=Vera")
    assert lines(samples) == ["Anna: Hello | Vera*: Hi, how are you?"]


def test_its_samples_of_the_common_export(tmp_path: Path) -> None:
    """Of the replies of the group, one is to one's own message and one to a deleted one."""
    assert lines_of_common_export(tmp_path, "devops_dude_data") == [
        "Boris: who fixed the server | Max*: I did",
        "Max: I did | Boris*: thank you",
        "Boris: which lamp | Max*: it was the fuse",
    ]


def test_every_row_of_its_data_is_a_sample_or_counted(shared_data: Path) -> None:
    """9,285 rows: 9,020 samples, and 265 of which a side or both are nothing but a placeholder."""
    file = shared_data / "devops_reply" / "devops-reply-v2.jsonl"
    samples, record = prepared("experiment=devops_dude_data", f"source.path={file}")
    assert_closed(record)
    dropped = {count.stage: count.dropped for count in record.counts if count.dropped}
    assert dropped == {"filters.placeholders": 274, "sessions": 256}
    assert (record.counts[0].kept, len(samples)) == (2 * 9285, 9020)
    assert 274 + 256 == 2 * 265


def test_its_split() -> None:
    assert split_of("devops_dude_data") == "SplitByTime"
