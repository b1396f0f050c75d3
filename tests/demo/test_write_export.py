"""The committed export: it is what the program writes, in Telegram's format, and it says what the README says."""

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise


def every_message(chats: list[dict]) -> list[dict]:
    return [message for chat in chats for message in chat["messages"]]


def test_the_program_writes_the_committed_bytes(demo_folder, tmp_path):
    subprocess.run([sys.executable, demo_folder / "write_export.py", tmp_path / "again.json"], check=True)
    assert (tmp_path / "again.json").read_bytes() == (demo_folder / "result.json").read_bytes()


def test_the_file_is_laid_out_as_telegram_does(demo_folder, export):
    text = (demo_folder / "result.json").read_text(encoding="utf-8")
    assert text == json.dumps(export, ensure_ascii=False, indent=1)
    assert text.startswith('{\n "about": "')
    assert list(export) == ["about", "personal_information", "chats"]


def test_it_is_a_full_account_with_every_kind_of_chat(chats):
    kinds = Counter(chat["type"] for chat in chats)
    assert kinds == {"personal_chat": 6, "private_group": 2, "saved_messages": 1, "bot_chat": 1}
    assert [chat["id"] for chat in chats if "name" not in chat] == [700100142]


def test_the_counts(export, chats):
    messages = every_message(chats)
    owner = f"user{export['personal_information']['user_id']}"
    assert len(messages) == 2965
    assert sum(message.get("from_id") == owner for message in messages) == 1910


def test_every_default_filter_has_something_to_count(chats):
    messages = every_message(chats)
    has = Counter(key for message in messages for key in message)
    assert Counter(message["type"] for message in messages) == {"message": 2954, "service": 11}
    assert {key: has[key] for key in ("forwarded_from", "via_bot", "photo", "edited", "reactions")} == {
        "forwarded_from": 12,
        "via_bot": 5,
        "photo": 15,
        "edited": 49,
        "reactions": 75,
    }
    assert Counter(message["media_type"] for message in messages if "media_type" in message) == {
        "sticker": 6,
        "voice_message": 6,
        "animation": 3,
    }
    kinds = Counter(entity["type"] for message in messages for entity in message["text_entities"])
    assert {"plain", "link", "bot_command", "bold"} == set(kinds)
    assert any(len(message["text"]) > 2000 for message in messages)


def test_dates_agree_with_unix_times_in_the_zone_of_the_island(chats):
    for message in every_message(chats):
        for key in ("date", "edited"):
            if key in message:
                local = datetime.fromtimestamp(int(message[f"{key}_unixtime"]), UTC) + timedelta(hours=1)
                assert message[key] == local.strftime("%Y-%m-%dT%H:%M:%S")


def test_ids_and_times_grow_and_ids_are_of_one_account(chats):
    for chat in chats:
        ids = [message["id"] for message in chat["messages"]]
        times = [int(message["date_unixtime"]) for message in chat["messages"]]
        assert all(first < second for first, second in pairwise(ids))
        assert times == sorted(times)
    by_time = sorted(every_message(chats), key=lambda message: message["id"])
    assert [int(message["date_unixtime"]) for message in by_time] == sorted(
        int(message["date_unixtime"]) for message in by_time
    )


def test_replies_point_to_earlier_messages_of_the_same_chat(chats):
    replies = 0
    for chat in chats:
        seen = set()
        for message in chat["messages"]:
            if "reply_to_message_id" in message:
                replies += 1
                assert message["reply_to_message_id"] in seen
            seen.add(message["id"])
    assert replies == 62


def test_it_spans_fourteen_months_and_nobody_talks_to_a_sleeping_keeper(chats):
    dates = sorted(
        message["date"] for chat in chats if chat["type"] != "saved_messages" for message in chat["messages"]
    )
    assert (dates[0][:10], dates[-1][:10]) == ("2024-09-02", "2025-10-31")
    hours = {int(date[11:13]) for date in dates}
    assert hours & {8, 9, 10, 11} == set()


def test_text_is_a_string_or_the_mixed_list_of_its_entities(chats):
    for message in every_message(chats):
        parts = message["text"] if isinstance(message["text"], list) else [message["text"]]
        words = [part if isinstance(part, str) else part["text"] for part in parts]
        assert "".join(words) == "".join(entity["text"] for entity in message["text_entities"])
