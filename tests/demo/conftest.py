"""The demo's program is a folder of modules, not a package: put it on the path; and the export, read once."""

import json
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).resolve().parents[2] / "demo"
sys.path.insert(0, str(DEMO))


@pytest.fixture(scope="session")
def demo_folder() -> Path:
    return DEMO


@pytest.fixture(scope="session")
def export() -> dict:
    return json.loads((DEMO / "result.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def chats(export) -> list[dict]:
    return export["chats"]["list"]


@pytest.fixture(scope="session")
def own_words(export, chats) -> list[tuple[int, str]]:
    """(unix time, text) of what the owner typed herself, in the order of time."""
    owner = f"user{export['personal_information']['user_id']}"
    typed = [
        (int(message["date_unixtime"]), "".join(entity["text"] for entity in message["text_entities"]))
        for chat in chats
        for message in chat["messages"]
        if message.get("from_id") == owner and not {"forwarded_from", "via_bot"} & set(message)
    ]
    return sorted((moment, text) for moment, text in typed if text)
