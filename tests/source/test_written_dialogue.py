from datetime import UTC, datetime

from doppel.source.reading import Reading
from doppel.source.written_dialogue import DAILY, Said, WrittenDialogues, moment


def test_a_dialogue_a_day_and_a_message_a_minute() -> None:
    assert moment(0, 0) == datetime(2000, 1, 1, tzinfo=UTC)
    assert moment(31, 2) == datetime(2000, 2, 1, 0, 2, tzinfo=UTC)


def test_millions_of_dialogues_stay_in_order_and_within_the_calendar() -> None:
    starts = [moment(number, 0) for number in (DAILY - 1, DAILY, DAILY + 1, 30_000_000)]
    assert starts == sorted(set(starts))
    assert starts[-1].year < 2200


def test_messages_are_numbered_and_counted() -> None:
    reading = Reading()
    dialogues = WrittenDialogues(reading)
    said = [Said("x:s", "Sys", "be brief", is_service=True), Said("x:a", "A", "hi", label="joy")]
    said.append(Said("x:b", "B", "ho", reply_to=2))
    first = list(dialogues.messages("x:1", "one", said, topic="work"))
    (second,) = dialogues.messages("x:2", "two", said[:1])
    assert [(one.message_id, one.sender_id, one.reply_to, one.label) for one in first] == [
        (1, "x:s", None, None),
        (2, "x:a", None, "joy"),
        (3, "x:b", 2, None),
    ]
    assert [one.is_timed for one in first] == [False] * 3
    assert first[0].is_service
    assert not first[1].is_service
    assert {(one.chat_id, one.chat_name, one.chat_kind, one.topic) for one in first} == {
        ("x:1", "one", "personal", "work")
    }
    assert (second.message_id, second.sent_at) == (1, moment(1, 0))
    assert reading.kept == 4
    assert len(reading.notes) == 1


def test_three_speakers_are_a_group() -> None:
    said = [Said(f"x:{number}", str(number), "hi") for number in range(3)]
    assert {one.chat_kind for one in WrittenDialogues(Reading()).messages("x:1", "one", said)} == {"group"}
