"""What of the place of a file becomes part of its messages is part of its fingerprint, and nothing else is."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from doppel.source.discord import Discord
from doppel.source.messenger import Messenger
from doppel.source.pairs import QuestionAnswerPairs
from doppel.source.signal import SignalExport
from doppel.source.slack import Slack
from doppel.source.vk import VkExport
from doppel.source.whatsapp import WhatsAppExport
from doppel.types import Funnel, Source

Files = dict[str, str]  # path below the export -> content
CHAT = "18.03.2022, 14:56 - Anna: hi\n18.03.2022, 14:57 - Boris: ho\n"
PAGE = (
    '<div class="item"><div class="item__main"><div class="message" data-id="1"><div class="message__header">'
    '<a href="https://vk.com/id1">A</a>, 1 янв 2020 в 12:35:00</div><div>hi</div></div></div></div>'
)


def whatsapp(path: Path) -> Source:
    return WhatsAppExport(path=str(path), timezone="UTC", date_order=None)


def signal(path: Path) -> Source:
    return SignalExport(path=str(path), timezone="UTC")


def vk(path: Path) -> Source:
    return VkExport(path=str(path), timezone="UTC")


def slack(path: Path) -> Source:
    return Slack(path=str(path))


def messenger(path: Path) -> Source:
    return Messenger(path=str(path))


def discord(path: Path) -> Source:
    return Discord(path=str(path), timezone="UTC")


def pairs(path: Path) -> Source:
    return QuestionAnswerPairs(
        path=str(path), question="q", answer="a", question_name="Q", answer_name="A", join_chains=False
    )


EXPORTS = [
    (whatsapp, lambda name: {f"{name}/_chat.txt": CHAT}),
    (whatsapp, lambda name: {f"{name}/_chat (1).txt": CHAT}),
    (whatsapp, lambda name: {f"WhatsApp Chat with {name}.txt": CHAT}),
    (signal, lambda name: {f"{name}/chat.md": "[2024-12-23 22:24:54] Boris: hi\n"}),
    (vk, lambda name: {f"messages/{len(name)}/messages0.html": f"<html><body>{PAGE}</body></html>"}),
    (
        slack,
        lambda name: {
            "users.json": "[]",
            f"{name}/2020-02-21.json": '[{"type": "message", "user": "U1", "text": "hi", "ts": "1582302000.000200"}]',
        },
    ),
    (
        messenger,
        lambda name: {
            f"inbox/{name}/message_1.json": '{"messages": [{"sender_name": "A", "timestamp_ms": 1, "content": "hi"}]}'
        },
    ),
    (
        discord,
        lambda name: {
            f"messages/c{len(name)}/channel.json": '{"type": "DM"}',
            f"messages/c{len(name)}/messages.json": (
                '[{"ID": 900, "Timestamp": "2023-07-20 14:58:01", "Contents": "hey", "Attachments": ""}]'
            ),
        },
    ),
    (pairs, lambda name: {f"{name}/{file}": '{"q": "hi", "a": "ho"}\n' for file in ("x.json", "x.jsonl")}),
]


def write(folder: Path, files: Files) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def pack(archive: Path, files: Files) -> Path:
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name), content)
    return archive


@pytest.mark.parametrize(("source", "files"), EXPORTS)
def test_a_chat_called_after_its_place_is_another_one_elsewhere(
    source: Callable[[Path], Source], files: Callable[[str], Files], tmp_path: Path
) -> None:
    anna, clone, boris = (
        source(write(tmp_path / folder, files(name)))
        for folder, name in (("one", "Anna"), ("two", "Anna"), ("three", "Boris"))
    )
    assert list(anna.messages(Funnel())) == list(clone.messages(Funnel()))
    assert anna.fingerprint() == clone.fingerprint(), "only moved"
    assert list(anna.messages(Funnel())) != list(boris.messages(Funnel()))
    assert anna.fingerprint() != boris.fingerprint()


def test_so_is_one_called_after_its_archive(tmp_path: Path) -> None:
    anna, clone, boris = (
        whatsapp(pack(tmp_path / folder / f"WhatsApp Chat - {name}.zip", {"_chat.txt": CHAT}))
        for folder, name in (("one", "Anna"), ("two", "Anna"), ("three", "Boris"))
    )
    assert anna.fingerprint() == clone.fingerprint()
    assert list(boris.fingerprint()) == ["WhatsApp Chat - Boris.zip/_chat.txt"]
    assert {one.chat_name for one in boris.messages(Funnel())} == {"Boris"}
