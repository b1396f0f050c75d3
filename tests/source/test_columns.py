import pytest

from doppel.errors import DataError
from doppel.source.columns import known_column, named_column, shown
from doppel.source.rows import Rows


def test_case_and_separators_do_not_matter() -> None:
    assert known_column(["x", "Create Time"], ["createdat", "createtime"]) == "Create Time"
    assert known_column(["x"], ["createtime"]) is None


def test_the_first_known_name_wins() -> None:
    assert known_column(["from", "from_id"], ["fromid", "from"]) == "from_id"


def test_what_looks_like_no_name_is_not_told() -> None:
    assert shown(["id", "user name", "", "text (original)"]) == "id, user name, , text (original)"
    for words in ("hello how are you today", "x" * 50, "12", "well, yes", "oh?"):
        assert shown(["id", "hi", words]) == f"<2 characters>, <2 characters>, <{len(words)} characters>"
    assert shown([f"c{number}" for number in range(25)]).endswith("c19 and 5 more")
    assert shown([]) == "none"


@pytest.mark.parametrize("name", ["Messege", "MESSAGE"])
def test_a_near_miss_is_told(name: str) -> None:
    rows = Rows("x.csv", "x", "line", ("id", "Message"), iter(()))
    with pytest.raises(DataError, match=rf"x\.csv has no column {name} \(source\.text={name}\)") as caught:
        named_column(rows, "text", name, "Advice")
    assert "It has: id, Message. Did you mean source.text=Message? Advice" in str(caught.value)
