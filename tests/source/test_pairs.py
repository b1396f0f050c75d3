import json
from itertools import pairwise
from pathlib import Path

import pytest

from doppel.errors import DataError
from doppel.source.pairs import CHAINED, NOT_TEXT, QuestionAnswerPairs
from tests.source.gathered import gathered, texts, written


def pairs(path: str | list[str], *, question: str = "question", answer: str = "answer", join_chains: bool = False):
    return QuestionAnswerPairs(
        path=path,
        question=question,
        answer=answer,
        question_name="Question",
        answer_name="Answer",
        join_chains=join_chains,
    )


def qa(question: object, answer: object) -> dict[str, object]:
    return {"question": question, "answer": answer}


def test_a_pair_is_a_chat_of_two_messages(tmp_path: Path) -> None:
    source = pairs(written(tmp_path / "x.jsonl", [qa("why?", "so"), qa("who?", "me")]))
    messages, funnel = gathered(source)
    assert [(one.chat_id, one.message_id, one.sender_id, one.sender_name, one.reply_to) for one in messages] == [
        ("pairs:x/1", 1, "pairs:question", "Question", None),
        ("pairs:x/1", 2, "pairs:answer", "Answer", 1),
        ("pairs:x/2", 1, "pairs:question", "Question", None),
        ("pairs:x/2", 2, "pairs:answer", "Answer", 1),
    ]
    assert texts(messages) == ["why?", "so", "who?", "me"]
    assert source.owner_ids() == {"pairs:answer"}
    assert funnel.notes == [
        "source: pairs has no times: the order of the file stands for them, a dialogue a day from 2000 on."
    ]


def test_csv_with_other_names(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("n;Q;A\n1;why?;so\n", encoding="utf-8")
    messages, _ = gathered(pairs(str(tmp_path / "x.csv"), question="Q", answer="A"))
    assert texts(messages) == ["why?", "so"]


def test_chains_become_one_dialogue_where_asked(tmp_path: Path) -> None:
    records = [qa("a", "b"), qa("b", "c"), qa("c", "d"), qa("x", "y"), qa("d", "e")]
    path = written(tmp_path / "x.jsonl", records)
    messages, funnel = gathered(pairs(path, join_chains=True))
    assert [(one.chat_id, one.text, one.sender_id, one.reply_to) for one in messages[:4]] == [
        ("pairs:x/1", "a", "pairs:question", None),
        ("pairs:x/1", "b", "pairs:answer", 1),
        ("pairs:x/1", "c", "pairs:question", 2),
        ("pairs:x/1", "d", "pairs:answer", 3),
    ]
    assert [one.chat_id for one in messages[4:]] == ["pairs:x/4", "pairs:x/4", "pairs:x/5", "pairs:x/5"]
    (count,) = funnel.counts
    assert (count.kept, count.dropped, count.why) == (8, 2, f"2 {CHAINED} (first: x, line 2)")
    assert len(gathered(pairs(path))[0]) == 10


def test_what_is_no_pair_is_counted(tmp_path: Path) -> None:
    records = [qa("a", "b"), qa(" ", "b"), qa("a", None), qa(7, "b"), {"question": "a"}, qa(["a"], "b")]
    messages, funnel = gathered(pairs(written(tmp_path / "x.jsonl", records)))
    assert texts(messages) == ["a", "b"]
    (count,) = funnel.counts
    assert (count.dropped, count.why) == (10, f"10 {NOT_TEXT} (first: x, line 2)")


def test_ragged_rows_are_counted(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("question,answer\na,b\na,b,c\n", encoding="utf-8")
    _, funnel = gathered(pairs(str(tmp_path / "x.csv")))
    assert (funnel.counts[0].kept, funnel.counts[0].dropped) == (2, 2)


def test_wrong_keys_are_refused_with_the_near_one(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", [{"questions": "a", "answer": "b"}])
    with pytest.raises(DataError, match=r"has no column question .* Did you mean source\.question=questions\?"):
        gathered(pairs(path))


@pytest.mark.parametrize("content", ["", "question,answer\n", '{"question": "", "answer": ""}\n'])
def test_a_file_without_pairs_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=r"x\.csv holds no messages to read \("):
        gathered(pairs(str(tmp_path / "x.csv")))


def test_an_empty_file_among_others_is_noted(tmp_path: Path) -> None:
    written(tmp_path / "x.jsonl", [qa("a", "b")])
    (tmp_path / "y.jsonl").touch()
    messages, funnel = gathered(pairs(str(tmp_path)))
    assert len(messages) == 2
    assert "source: y holds no messages to read." in funnel.notes


def test_the_devops_chat(shared_data: Path) -> None:
    path = str(shared_data / "devops_reply")
    messages, funnel = gathered(pairs(path))
    assert (len(messages), len({one.chat_id for one in messages}), funnel.counts[0].dropped) == (18_570, 9_285, 0)
    joined, funnel = gathered(pairs(path, join_chains=True))
    assert (len(joined), funnel.counts[0].dropped) == (15_475, 3_095)
    file = shared_data / "devops_reply/devops-reply-v2.jsonl"
    records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    chained = sum(one["answer"] == two["question"] for one, two in pairwise(records))
    assert chained == 3_095
