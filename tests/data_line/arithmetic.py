"""What holds of the funnel of every preparation: what comes into a stage is kept or dropped there, to the message."""

from __future__ import annotations

import re
from collections.abc import Sequence

from doppel.commands.prepared import Prepared
from doppel.types import Count, People, Sample

TOLD = re.compile(r"^  ([a-z_.]+): ([\d,]+) ([a-z]+) kept, ([\d,]+) dropped(.*)$", re.MULTILINE)


def check_funnel(prepared: Prepared) -> None:
    """Fails where a message, a session or a sample is lost or counted twice. For funnels that reached the split."""
    lines = list(prepared.counts)
    check_stages(lines, check_source(lines, prepared.people))
    split = _only(lines, "split", "samples")
    assert split.kept == sum(prepared.sizes.values())
    assert prepared.sizes["train"] == sum(chat["samples"] for chat in prepared.facts["chats"].values())
    sessions = [line for line in lines if line.stage == "samples" and line.unit == "sessions"]
    came = [line for line in lines if is_of_source(line) and line.unit == "samples"]  # of doppel's own, as they were
    assert len(sessions) == (not came)
    if came:
        assert [line.kept for line in came] == [split.kept + split.dropped]


def check_stages(lines: Sequence[Count], arrived: int) -> None:
    """Fails where the stages after the source do not add up; `arrived`: the messages that the source gave."""
    for line in lines:
        assert line.kept >= 0, line
        assert line.dropped >= 0, line
        assert not line.dropped or line.why, f"{line} tells no reason"
        if not is_of_source(line) and line.unit == "messages":
            assert line.kept + line.dropped == arrived, f"{arrived} messages came, {line}"
            arrived = line.kept


def check_parts(prepared: Prepared, parts: Sequence[Sequence[Sample]]) -> None:
    """Fails where the last line on messages tells others than the files of the parts hold."""
    written = {(one.chat_id, number) for part in parts for one in part for number in one.message_ids}
    last = [line for line in prepared.counts if line.unit == "messages"][-1]
    assert (last.stage, last.kept) == ("split", len(written)), f"{len(written)} messages are in the parts, {last}"
    for line in prepared.counts:
        if line.stage == "split":
            reasons = re.findall(r"(?:^|; )([\d,]+) ", line.why)
            assert sum(int(count.replace(",", "")) for count in reasons) == line.dropped, line


def check_told(error: str) -> None:
    """The same of the funnel as the error tells it that ends a preparation with nothing to learn."""
    lines = [
        Count(stage, int(kept.replace(",", "")), int(dropped.replace(",", "")), unit, why)
        for stage, kept, unit, dropped, why in TOLD.findall(error)
    ]
    assert [line.stage for line in lines[-2:]] == ["samples", "samples"]
    check_stages(lines, sum(line.kept for line in lines if is_of_source(line)))
    assert [line.kept for line in lines[-2:]] == [0, 0]


def check_source(lines: Sequence[Count], people: People) -> int:
    """How many messages the source gave. Fails where it counts others."""
    read = [line for line in lines if is_of_source(line)]
    seen = sum(chat.messages for chat in people.by_chat.values())
    assert read, "the source counts nothing"
    units = {line.unit for line in read}
    assert units in ({"messages"}, {"samples"})
    assert units == {"samples"} or sum(line.kept for line in read) == seen, (
        f"the source counts {read}, but {seen} messages came out of it"
    )
    return seen


def is_of_source(line: Count) -> bool:
    """Whether the line tells what was read: a mix has one for each of its sources."""
    return line.stage.partition(".")[0] == "source"


def _only(lines: list[Count], stage: str, unit: str) -> Count:
    (line,) = [line for line in lines if (line.stage, line.unit) == (stage, unit)]
    return line
