from datetime import timedelta
from pathlib import Path

import pytest

from doppel.errors import DataError
from doppel.source.feedback import Feedback
from doppel.types import APPROVED, REFUSED, Funnel
from tests.opinions import SPEAKER, START, heard, opinion, said, some_opinions, write

ASKED = (heard("are you", "there?"),)


def read(file: Path, use: str) -> tuple[list, Funnel]:
    funnel = Funnel()
    return Feedback(path=str(file)).samples(use, funnel), funnel  # type: ignore[arg-type]


def replies(samples: list) -> list[tuple[str, str]]:
    return [(sample.turns[-1].messages[0], sample.label) for sample in samples]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    other = (heard("hello", who="user3", name="Boris"),)
    opinions = [
        opinion(1, ASKED, "worse", -1, "better"),  # an edit
        opinion(2, ASKED, "fine"),  # a second one that is better than "worse"
        opinion(3, other, "hi"),  # approved alone
        opinion(4, (*other, said("hi"), heard("so?")), "what", -1),  # refused alone, in the same conversation
    ]
    return write(tmp_path / "feedback.jsonl", opinions)


def test_approved_replies_stand_behind_what_they_answered(file: Path) -> None:
    samples, funnel = read(file, "approved")
    assert replies(samples) == [("better", APPROVED), ("fine", APPROVED), ("hi", APPROVED)]
    [first, *_] = samples
    assert first.turns[0] == ASKED[0]
    assert (first.turns[1].speaker_id, first.turns[1].is_learnt) == (SPEAKER.speaker_id, True)
    assert (first.started_at, first.ended_at, first.is_timed) == (START + timedelta(minutes=1),) * 2 + (True,)
    assert (first.chat_name, samples[2].chat_name) == ("Anna", "Boris")
    [line] = funnel.counts
    assert (line.kept, line.dropped, line.unit) == (3, 2, "judged replies")
    assert line.why == "2 refused, and so nothing to imitate (first: feedback.jsonl, line 1)"


def test_pairs_are_edits_and_thumbs_in_one_place(file: Path) -> None:
    samples, funnel = read(file, "pairs")
    assert replies(samples) == [("better", APPROVED), ("worse", REFUSED), ("fine", APPROVED)]
    assert len({sample.session_id for sample in samples}) == 1
    [line] = funnel.counts
    assert line.why == (
        "1 approved, with none refused in the same place (first: feedback.jsonl, line 3); "
        "1 refused, with none approved in the same place (first: feedback.jsonl, line 4)"
    )
    assert (
        "source: 2 pairs of a better and a worse reply in the same place, 1 replies approved and 1 refused"
        in (funnel.notes[0])
    )
    assert funnel.notes[1] == "source: the replies were given by earlier."


def test_all_are_learnt_from_one_by_one(file: Path) -> None:
    samples, funnel = read(file, "all")
    assert [label for _, label in replies(samples)] == [APPROVED, REFUSED, APPROVED, APPROVED, REFUSED]
    assert funnel.counts[0].dropped == 0
    # The last two are of one conversation, which begins with the other's hello.
    assert [len({one.session_id for one in part}) for part in (samples[:3], samples[3:], samples)] == [1, 1, 2]
    ids = [number for sample in samples for number in sample.message_ids]
    assert ids == list(range(len(ids)))


def test_ids_do_not_depend_on_where_a_line_stands(file: Path, tmp_path: Path) -> None:
    samples, _ = read(file, "all")
    more = write(tmp_path / "more.jsonl", [opinion(0, (heard("else"),), "x")])
    more.write_text(more.read_text() + file.read_text())
    ids = [sample.sample_id for sample in read(more, "all")[0]]
    assert ids[1:] == [sample.sample_id for sample in samples]
    assert len(set(ids)) == 6


def test_the_last_opinion_of_a_reply_counts(tmp_path: Path) -> None:
    opinions = [opinion(2, ASKED, "yes", -1), opinion(1, ASKED, "yes"), opinion(3, ASKED, "no")]
    samples, funnel = read(write(tmp_path / "feedback.jsonl", opinions), "all")
    assert replies(samples) == [("yes", REFUSED), ("no", APPROVED)]
    assert funnel.counts[0].why.startswith("1 judged again later")


def test_an_edit_that_changes_nothing_is_approved(tmp_path: Path) -> None:
    samples, _ = read(write(tmp_path / "feedback.jsonl", [opinion(1, ASKED, "yes", 1, "yes")]), "all")
    assert replies(samples) == [("yes", APPROVED)]


def test_replies_without_words_are_counted_with_their_line(tmp_path: Path) -> None:
    opinions = [opinion(1, ASKED, "yes"), opinion(2, ASKED, ""), opinion(3, ASKED, "no", -1, " ")]
    _, funnel = read(write(tmp_path / "feedback.jsonl", opinions), "approved")
    assert funnel.counts[0].why == (
        "1 that are empty (first: feedback.jsonl, line 2); 1 edited to nothing (first: feedback.jsonl, line 3)"
    )


@pytest.mark.parametrize(
    ("opinions", "more", "use", "words"),
    [
        ([], ["{not json"], "all", ["feedback.jsonl, line 1, is no opinion", "doppel feedback out=feedback.jsonl"]),
        ([], ['{"x": ' + "[" * 99_999], "all", ["line 1, is no opinion"]),
        ([], [{"rating": 1}], "all", ["line 1, is no opinion", "missing required field"]),
        ([opinion(1, ASKED, "x")], ['{"kind": "thumb", "rating": 5}'], "all", ["line 2, is no opinion"]),
        ([opinion(1, ASKED, "")], [], "all", ["no reply for this training", "1 that are empty", "line 1"]),
        ([opinion(1, ASKED, "x", -1)], [], "approved", ["1 refused", "training=kto"]),
        ([opinion(1, ASKED, "x", -1)], [], "pairs", ["none approved in the same place", "A pair is an edit"]),
        ([], [], "all", ["it has no lines"]),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(opinions, more, use, words, tmp_path: Path) -> None:
    with pytest.raises(DataError) as refused:
        read(write(tmp_path / "feedback.jsonl", opinions, *more), use)
    for word in words:
        assert word in str(refused.value)


def test_two_hundred_pairs(tmp_path: Path) -> None:
    samples, _ = read(write(tmp_path / "feedback.jsonl", some_opinions(200)), "pairs")
    assert len(samples) == 400
    assert len({sample.session_id for sample in samples}) == 200
