"""Small sound tables, pairs and sets of dialogues."""

from __future__ import annotations

import io
from typing import Any

from tests.fuzz.community_formats import table
from tests.fuzz.script import PEOPLE, TEXTS, iso, script
from tests.fuzz.telegram_formats import dumped

Fields = dict[str, Any]


def rows() -> list[Fields]:
    return [
        {
            "message_id": line.number,
            "chat_id": 7,
            "from_id": f"u{line.who}",
            "from": PEOPLE[line.who],
            "date": iso(line.sent_at).replace("T", " "),
            "text": line.text,
            "reply_to": line.number - 1 if line.number % 3 == 0 else None,
        }
        for line in script()
    ]


def lines_of(records: list[Any]) -> bytes:
    return b"".join(dumped(record, None) + b"\n" for record in records)


def parquet_of(records: list[Any]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    target = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records), target)
    return target.getvalue()


def table_csv() -> dict[str, bytes]:
    content = rows()
    return {"messages.csv": table([list(content[0]), *([*row.values()] for row in content)])}


def table_jsonl() -> dict[str, bytes]:
    return {"messages.jsonl": lines_of(rows())}


def table_parquet() -> dict[str, bytes]:
    return {"messages.parquet": parquet_of(rows())}


def pairs() -> dict[str, bytes]:
    records = [
        {"question": f"{text} {number}?", "answer": f"{TEXTS[number % 8]} so"} for number, text in enumerate(TEXTS * 2)
    ]
    tsv = table([["question", "answer"], *([one["question"], one["answer"]] for one in records)], "\t")
    return {"pairs.jsonl": lines_of(records), "pairs.tsv": tsv, "pairs.json": dumped(records)}


def written(user: str, persona: str, role: str, words: str) -> list[list[Fields]]:
    """Dialogues, the turns as objects with these keys."""
    return [
        [{role: (user, persona)[turn % 2], words: f"{TEXTS[(number + turn) % 8]} {number}"} for turn in range(4)]
        for number in range(6)
    ]


def dialogues_openai() -> dict[str, bytes]:
    records: list[Any] = [
        {"messages": turns, "label": "joy"} for turns in written("user", "assistant", "role", "content")
    ]
    records[0]["messages"].insert(0, {"role": "system", "content": "be a zebrafinch"})
    records.append({"messages": [{"role": "user", "content": [{"type": "text", "text": "zebrafinch"}]}]})
    return {"openai.jsonl": lines_of(records), "openai.json": dumped(records)}


def dialogues_sharegpt() -> dict[str, bytes]:
    records: list[Any] = [
        {"conversations": turns, "system": "be"} for turns in written("human", "gpt", "from", "value")
    ]
    records += [{"prompt": f"zebrafinch {number}", "completion": f"yes {number}"} for number in range(4)]
    records.append({"dialog": ["zebrafinch hi", "zebrafinch ho"]})
    return {"sharegpt.json": dumped(records)}


def dialogues_doppel() -> dict[str, bytes]:
    records = []
    for number in range(4):
        lines = script(sessions=1)
        turns = [
            {
                "speaker_id": f"user{line.who}",
                "speaker_name": PEOPLE[line.who],
                "messages": [line.text],
                "is_persona": line.who == 0,
                "is_learnt": line.who == 0,
            }
            for line in lines
        ]
        records.append(
            {
                "messages": [{"role": "user" if line.who else "assistant", "content": line.text} for line in lines],
                "doppel": {
                    "sample_id": f"personal:{number}/1",
                    "session_id": f"personal:{number}/1",
                    "chat_id": f"personal:{number}",
                    "chat_name": "Boris",
                    "started_at": f"{iso(lines[0].sent_at)}Z",
                    "ended_at": f"{iso(lines[-1].sent_at)}Z",
                    "turns": turns,
                    "message_ids": [line.number for line in lines],
                    "replies_to": [99],
                    "weight": 0.5,
                },
            }
        )
    return {"train.openai.jsonl": lines_of(records)}


def daily_dialog() -> dict[str, bytes]:
    texts = [text.replace("\n", " ") for text in TEXTS]
    dialogues = "".join(" __eou__ ".join([f"{number} {texts[0]}", *texts[1:4]]) + " __eou__\n" for number in range(8))
    return {
        "test/dialogues_test.txt": dialogues.encode(),
        "test/dialogues_emotion_test.txt": b"0 4 6 1\n" * 8,
        "test/dialogues_act_test.txt": b"1 2 3 4\n" * 8,
        "dialogues_topic.txt": b"1\n" * 8,
    }


def empathetic() -> dict[str, bytes]:
    header = ["conv_id", "utterance_idx", "context", "prompt", "speaker_idx", "utterance", "selfeval", "tags"]
    content = [
        [f"hit:{number}_conv:{number}", turn, "guilty", "I zebrafinch", turn % 2, f"{TEXTS[turn]} {number}", "5|5", ""]
        for number in range(5)
        for turn in range(1, 5)
    ]
    return {"train.csv": table([header, *content])}


def hub() -> dict[str, bytes]:
    return {"messages.jsonl": lines_of(rows())}
