import json
from datetime import datetime
from pathlib import Path

import pytest

from doppel.errors import DataError
from doppel.source.instagram import Instagram
from doppel.types import Funnel


def test_the_fixture_of_chat_miner(shared_data: Path) -> None:
    folder = shared_data / "multi_chatminer" / "instagram"
    target = json.loads((folder / "target.json").read_text(encoding="utf-8"))
    funnel = Funnel()
    messages = list(Instagram(path=str(folder / "test_export.json")).messages(funnel))
    assert [(one.sender_name, one.text) for one in messages] == [(one["author"], one["message"]) for one in target]
    assert [one.sent_at.replace(tzinfo=None) for one in messages] == [
        datetime.fromisoformat(one["timestamp"]) for one in target
    ]
    assert {one.sender_id for one in messages} == {"instagram:John Doe", "instagram:Jane Doe"}
    assert (funnel.counts[0].kept, funnel.counts[0].dropped) == (2, 0)


def test_the_owner_is_in_the_profile_by_name_or_by_username(tmp_path: Path) -> None:
    inbox = tmp_path / "your_instagram_activity" / "messages" / "inbox"
    for number, own_name in enumerate(("Anna", "anna_k")):
        file = inbox / f"chat_{number}" / "message_1.json"
        file.parent.mkdir(parents=True)
        messages = [{"sender_name": own_name, "timestamp_ms": 1_600_000_000_000 + number, "content": "hi"}]
        content = {"participants": [{"name": own_name}, {"name": "Ben"}], "messages": messages, "title": "Ben"}
        file.write_text(json.dumps(content), encoding="utf-8")
    profile = tmp_path / "personal_information" / "personal_information.json"
    profile.parent.mkdir()
    values = {"Name": {"value": "Anna"}, "Username": {"value": "anna_k"}, "Email": {"value": "a@b.example"}}
    profile.write_text(json.dumps({"profile_user": [{"string_map_data": values}]}), encoding="utf-8")
    source = Instagram(path=str(tmp_path))
    assert len(list(source.messages(Funnel()))) == 2
    assert source.owner_ids() == frozenset({"instagram:Anna", "instagram:anna_k"})


def test_another_messenger_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    file.write_text('{"name": "Ben", "type": "personal_chat", "id": 1, "messages": []}', encoding="utf-8")
    with pytest.raises(DataError, match=r"holds no chats of Instagram, only result\.json\. Ask Instagram"):
        list(Instagram(path=str(file)).messages(Funnel()))
