"""Groups in which one person alone speaks."""

from doppel.types import Message
from tests.filters.asking import HI, counted, left, rule, said


def group(number: int, sender: int, kind: str = "group", **fields: object) -> Message:
    return said("hi", chat_id=f"g:{number}", chat_kind=kind, sender_id=f"user{sender}", **fields)


def test_groups_of_one_speaker_go_with_a_word_on_how_to_export_again() -> None:
    mine = [group(1, 1), group(1, 1)]
    ours = [group(2, 1), group(2, 3)]
    kept, funnel = left({"only_mine": rule("only_mine")}, HI, *mine, *ours)
    assert kept == [HI, *ours]
    assert counted(funnel) == {"only_mine": (3, 2)}
    assert funnel.notes == [
        "filters.only_mine: 1 group holds the messages of one person only. To learn from groups, export again with "
        '"Only my messages" unticked (Telegram: Settings > Advanced > Export Telegram data).'
    ]


def test_forwards_and_service_messages_of_others_are_no_answer() -> None:
    lonely = [group(1, 1), group(1, 3, is_forwarded=True), group(1, 4, is_service=True), group(2, 1, "public_group")]
    kept, funnel = left({"only_mine": rule("only_mine")}, *lonely)
    assert kept == []
    assert funnel.notes[0].startswith("filters.only_mine: 2 groups hold the messages")


def test_a_word_only_where_something_is_left_out() -> None:
    kept, funnel = left({"only_mine": rule("only_mine")}, HI, group(1, 1, "saved"))
    assert len(kept) == 2
    assert funnel.notes == []
