"""VK's archive and its JSON, and what they may be instead."""

import base64
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doppel.errors import DataError
from doppel.source.vk import VkExport
from doppel.types import Funnel, Message

OWN = "Вы, 1 янв 2020 в 12:34:56"
ENDLESS = "id" + "1" * 5001  # more digits than Python makes a number of
ANNA = '<a href="https://vk.com/id100">Анна К</a>, 1 янв 2020 в 12:35:00'


def said(number: int | str, header: str, text: str = "", hangs: str = "") -> str:
    return (
        f'<div class="item">\n  <div class=\'item__main\'><div class="message" data-id="{number}">\n'
        f'  <div class="message__header">{header}</div>\n  <div>{text}<div class="kludges">{hangs}</div></div>\n'
        f"</div></div></div>"
    )


def hanging(description: str) -> str:
    link = "<a class='attachment__link' href='https://example.org/x'>https://example.org/x</a>"
    return f'<div class="attachment"><div class="attachment__description">{description}</div>{link}</div>'


def page(*messages: str, owner: int | str | None = None) -> str:
    meta = ""
    if owner is not None:
        meta = f'<meta name="jd" content="{base64.b64encode(json.dumps({"user_id": owner}).encode()).decode()}">'
    return (
        f'<!DOCTYPE html><html><head><meta charset="windows-1251">{meta}</head><body>{"".join(messages)}</body></html>'
    )


def index(**names: str) -> str:
    row = '<div class="message-peer"><div class="message-peer--id">\n<a href="{}/messages0.html">{}</a></div></div>'
    rows = "".join(row.format(peer[1:], name) for peer, name in names.items())
    return f"<html><body>{rows}</body></html>"


def archive(folder: Path, pages: dict[str, str], encoding: str = "cp1251") -> Path:
    for name, text in pages.items():
        file = folder / "Archive" / "messages" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode(encoding, "xmlcharrefreplace"))
    return folder / "Archive"


def source(path: Path | list[str], timezone: str = "Europe/Moscow") -> VkExport:
    return VkExport(path=str(path) if isinstance(path, Path) else path, timezone=timezone)


def read(path: Path | list[str], funnel: Funnel | None = None) -> list[Message]:
    return list(source(path).messages(funnel or Funnel()))


def test_a_whole_archive(tmp_path: Path) -> None:
    folder = archive(
        tmp_path,
        {
            "index-messages.html": index(p100="Анна К", p2000000001="Друзья"),
            "100/messages0.html": page(
                said(3, OWN, "до свидания"), said(2, ANNA, "как ты?<br>пиши &lt;3 &#128522;"), owner=42
            ),
            "100/messages50.html": page(said(1, ANNA, "привет")),
            "2000000001/messages0.html": page(said(7, OWN, "всем привет", hanging("Фотография"))),
        },
    )
    export, funnel = source(folder), Funnel()
    first, second, third, group = export.messages(funnel)
    assert first == Message(
        chat_id="vk:100", chat_name="Анна К", chat_kind="personal", message_id=3,
        sent_at=datetime(2020, 1, 1, 9, 34, 56, tzinfo=UTC), sender_id="vk:42", sender_name="Вы", text="до свидания",
    )  # fmt: skip
    assert (second.sender_id, second.sender_name, second.text) == ("vk:100", "Анна К", "как ты?\nпиши <3 😊")
    assert (third.message_id, third.text) == (1, "привет")
    assert (group.chat_name, group.chat_kind, group.media, group.text) == ("Друзья", "group", "photo", "всем привет")
    assert export.owner_ids() == {"vk:42"}
    assert [(count.stage, count.kept, count.dropped) for count in funnel.counts] == [("source", 4, 0)]
    assert len(export.fingerprint()) == 4


def test_the_zip_as_it_comes_by_mail_gives_the_same(tmp_path: Path) -> None:
    folder = archive(tmp_path, {"100/messages0.html": page(said(2, ANNA, "раз"), said(1, OWN, "два"))})
    packed = tmp_path / "Archive.zip"
    with zipfile.ZipFile(packed, "w") as target:
        for file in sorted(folder.rglob("*.html")):
            target.write(file, file.relative_to(folder))
    assert read(packed) == read(folder)


def test_overlapping_archives_count_once(tmp_path: Path) -> None:
    old = archive(tmp_path / "old", {"100/messages0.html": page(said(2, ANNA, "два"), said(1, ANNA, "раз"))})
    new = archive(tmp_path / "new", {"100/messages0.html": page(said(3, ANNA, "три"), said(2, ANNA, "два"))})
    funnel = Funnel()
    assert [one.message_id for one in read([str(old), str(new)], funnel)] == [3, 2, 1]
    assert [(count.kept, count.dropped) for count in funnel.counts] == [(3, 1)]


@pytest.mark.parametrize(
    ("header", "sender", "name", "sent"),
    [
        ('<a href="https://vk.com/club7">Клуб</a>, 2 фев 2020 в 0:00:00', "vk:-7", "Клуб", (2020, 2, 1, 21, 0)),
        ('<a href="https://vk.com/public7">Клуб</a>, 5 мая 2022 в 1:34:19', "vk:-7", "Клуб", (2022, 5, 4, 22, 34, 19)),
        ('<a href="https://vk.com/durov">П</a>, 5 май 2022 в 1:34:19', "vk:durov", "П", (2022, 5, 4, 22, 34, 19)),
        ('<a href="https://vk.com/id0">Я</a>, 3 сентября 2022 в 13:00:00', "vk:me", "Я", (2022, 9, 3, 10)),
        (f'<a href="https://vk.com/{ENDLESS}">Я</a>, 3 мая 2022 в 13:00:00', f"vk:{ENDLESS}", "Я", (2022, 5, 3, 10)),
        ("You, at 7:15:40 pm on 3 Nov 2014", "vk:me", "You", (2014, 11, 3, 16, 15, 40)),
        ("You, at 12:30:00 am on 1 Jan 2020", "vk:me", "You", (2019, 12, 31, 21, 30)),
        ("You, 1 Jan 2020 at 12:30:00", "vk:me", "You", (2020, 1, 1, 9, 30)),
        ("Частный клуб, 29 ноя 2018 в 22:40:32", "vk:Частный клуб", "Частный клуб", (2018, 11, 29, 19, 40, 32)),
        ("Вы, 14 фев 2018 в 17:46:15<span class='x'>(ред.)</span>", "vk:me", "Вы", (2018, 2, 14, 14, 46, 15)),
        ("Вы, 1 янв 2013 в 12:00:00", "vk:me", "Вы", (2013, 1, 1, 8)),  # Moscow was four hours ahead then
    ],
)  # fmt: skip
def test_senders_and_dates(tmp_path: Path, header: str, sender: str, name: str, sent: tuple[int, ...]) -> None:
    (message,) = read(archive(tmp_path, {"5/messages0.html": page(said(1, header, "a"))}))
    assert (message.sender_id, message.sender_name) == (sender, name)
    assert message.sent_at == datetime(*sent, tzinfo=UTC)
    assert message.is_bot == sender.startswith("vk:-")


@pytest.mark.parametrize(
    ("hangs", "text", "expected"),
    [
        (hanging("Стикер"), "", ("", "sticker", False, False)),
        (hanging("Файл") + hanging("Фотография"), "глянь", ("глянь", "file", False, False)),
        (hanging("Photo"), "", ("", "photo", False, False)),
        (hanging("2 прикреплённых сообщения"), "", ("", None, False, True)),
        (hanging("1 прикреплённое сообщение"), "да", ("да", None, False, False)),
        (hanging("12 attached messages"), "", ("", None, False, True)),
        (hanging("Сообщение удалено"), "", ("", None, True, False)),
        (hanging("Звонок"), "", ("", None, True, False)),
        ('<a class="im_srv_lnk " href="https://vk.com/id1">А</a> вышел из чата', "", ("", None, True, False)),
        (hanging("Совсем новый тип"), "а", ("а", "media", False, False)),
        ("", 'да <img class="emoji" alt="😊"> нет', ("да 😊 нет", None, False, False)),
    ],
)
def test_what_hangs_on_a_message(tmp_path: Path, hangs: str, text: str, expected: tuple[object, ...]) -> None:
    (one,) = read(archive(tmp_path, {"5/messages0.html": page(said(1, OWN, text, hangs))}))
    assert (one.text, one.media, one.is_service, one.is_forwarded) == expected


@pytest.mark.parametrize(
    ("peer", "kind"),
    [("100", "personal"), ("-7", "bot"), ("2000000009", "group"), ("ourchat", "group"), ("42", "saved")],
)
def test_what_a_chat_is(tmp_path: Path, peer: str, kind: str) -> None:
    folder = archive(tmp_path, {f"{peer}/messages0.html": page(said(1, OWN, "a"), owner=42)})
    assert [(one.chat_id, one.chat_kind) for one in read(folder)] == [(f"vk:{peer}", kind)]


def test_an_owner_with_a_number_of_thousands_of_digits_is_nobody(tmp_path: Path) -> None:
    export = source(archive(tmp_path, {"5/messages0.html": page(said(1, OWN, "a"), owner="1" * 5001)}))
    assert [one.sender_id for one in export.messages(Funnel())] == ["vk:me"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_pages_saved_anew_in_another_encoding(tmp_path: Path, encoding: str) -> None:
    (one,) = read(archive(tmp_path, {"5/messages0.html": page(said(1, ANNA, "ёж"))}, encoding))
    assert (one.sender_name, one.text) == ("Анна К", "ёж")


def test_a_wrong_encoding_is_refused_as_no_date_can_be_read(tmp_path: Path) -> None:
    folder = archive(tmp_path, {"5/messages0.html": page(said(1, ANNA, "ёж"))}, "koi8-r")
    with pytest.raises(DataError, match=r"holds no messages to read \(1, all unusable: 1 without a date"):
        read(folder)


def test_dates_that_cannot_be_and_in_the_future(tmp_path: Path) -> None:
    folder = archive(
        tmp_path,
        {
            "5/messages0.html": page(
                said(4, "Вы, 32 янв 2020 в 12:00:00", "a"),
                said(3, "Вы, 1 zzz 2020 в 12:00:00", "a"),
                said(2, "Вы, 1 янв 2190 в 12:00:00", "future"),
                said(1, "Вы, 1 янв 2020 в 12:61:00", "a"),
                said("x", OWN, "no number"),
            )
        },
    )
    funnel = Funnel()
    assert [(one.message_id, one.text) for one in read(folder, funnel)] == [(2, "future"), (-1, "no number")]
    assert [(count.kept, count.dropped) for count in funnel.counts] == [(2, 3)]
    assert any("1 messages are dated more than a day in the future" in note for note in funnel.notes)
    assert any("one person alone speaks here" in note for note in funnel.notes)


def test_time_that_comes_twice_or_never_does_not_stop(tmp_path: Path) -> None:
    folder = archive(
        tmp_path, {"5/messages0.html": page(said(2, "Вы, 26 окт 2014 в 1:30:00"), said(1, "Вы, 27 мар 2011 в 2:30:00"))}
    )
    assert [one.sent_at for one in read(folder)] == [
        datetime(2014, 10, 25, 21, 30, tzinfo=UTC),  # the first of two
        datetime(2011, 3, 26, 23, 30, tzinfo=UTC),  # between 2 and 3 no clock ran
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "have no messages of VK"),
        (b"<html></html>", "have no messages of VK"),
        (b'<div class="message default clearfix" id="message1">', "Pages of Telegram are read by source=telegram"),
        (b"\x00\xff\x98", "have no messages of VK"),
    ],
)
def test_pages_of_something_else_are_refused(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "messages0.html"
    file.write_bytes(content)
    with pytest.raises(DataError, match=told):
        read(file)


def test_a_giant_page_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doppel.source.vk_page.MAX_BYTES", 1000)
    with pytest.raises(DataError, match=r"messages0.html is larger than 0 MiB: that is no page of VK's"):
        read(archive(tmp_path, {"5/messages0.html": page(said(1, OWN, "a" * 1000))}))


def test_damaged_and_dangerous_archives_are_refused(tmp_path: Path) -> None:
    folder = archive(tmp_path, {"5/messages0.html": page(said(1, OWN, "a"))})
    packed = tmp_path / "Archive.zip"
    with zipfile.ZipFile(packed, "w") as target:
        target.writestr("../messages0.html", "x")
    with pytest.raises(DataError, match="leads out of the archive"):
        read(packed)
    with zipfile.ZipFile(packed, "w") as target:
        target.write(folder / "messages" / "5" / "messages0.html", "messages/5/messages0.html")
    packed.write_bytes(packed.read_bytes()[:-30])
    with pytest.raises(DataError, match="damaged zip archive"):
        read(packed)


def test_a_zone_that_does_not_exist_is_refused_with_near_misses() -> None:
    with pytest.raises(DataError, match=r"source.timezone='Europe/Moskow' is no time zone. Did you mean Europe/Moscow"):
        source(Path("x"), "Europe/Moskow")


def answer(*items: object, **more: object) -> dict[str, object]:
    return {"count": len(items), "items": list(items), **more}


ITEM = {"id": 5, "date": 1577871296, "peer_id": 100, "from_id": 42, "out": 1, "text": "привет", "attachments": []}


@pytest.mark.parametrize("shape", ["answer", "response", "list"])
def test_saved_answers_of_the_api(tmp_path: Path, shape: str) -> None:
    items = [
        ITEM,
        {**ITEM, "id": 6, "from_id": 100, "out": 0, "attachments": [{"type": "doc"}], "reply_message": {"id": 5}},
        {**ITEM, "id": 7, "from_id": 100, "out": 0, "text": "", "fwd_messages": [{"id": 1}]},
        {**ITEM, "id": 8, "text": "", "action": {"type": "chat_create"}},
        ITEM,
        {"id": 9},
    ]  # fmt: skip
    names = {"profiles": [{"id": 100, "first_name": "Анна", "last_name": "К"}, {"id": 42, "first_name": "Я"}]}
    whole = {"answer": answer(*items, **names), "response": {"response": answer(*items, **names)}, "list": items}[shape]
    file = tmp_path / "100.json"
    file.write_text(json.dumps(whole), encoding="utf-8")
    export, funnel = source(file), Funnel()
    own, voice, forward, event = export.messages(funnel)
    assert own.sent_at == datetime(2020, 1, 1, 9, 34, 56, tzinfo=UTC)
    assert (own.chat_id, own.sender_id, own.text) == ("vk:100", "vk:42", "привет")
    assert (voice.media, voice.reply_to) == ("file", 5)
    assert (forward.is_forwarded, event.is_service) == (True, True)
    assert (own.chat_name, own.sender_name) == (("100", "") if shape == "list" else ("Анна К", "Я"))
    assert export.owner_ids() == {"vk:42"}
    assert [(count.kept, count.dropped) for count in funnel.counts] == [(4, 2)]


def test_answers_of_before_5_80(tmp_path: Path) -> None:
    file = tmp_path / "chat.json"
    old = {"id": 1, "date": 1577871296, "user_id": 100, "chat_id": 3, "out": 0, "body": "ку"}
    file.write_text(
        json.dumps(answer(old, conversations=[{"peer": {"id": 2000000003}, "chat_settings": {"title": "Двор"}}]))
    )
    (one,) = read(file)
    assert (one.chat_id, one.chat_name, one.chat_kind, one.sender_id) == ("vk:2000000003", "Двор", "group", "vk:100")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "breaks off"),
        ("{}", "holds no messages to read"),
        ('{"items": [{}]}', "1 that are no objects with id"),
        ("{]", "is damaged"),
    ],
)
def test_other_json_is_refused(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "x.json"
    file.write_text(text)
    with pytest.raises(DataError, match=told):
        read(file)


def test_pages_that_are_cut_or_hold_messages_without_a_header(tmp_path: Path) -> None:
    bare = said(3, OWN, "нет").replace("message__header", "header")
    whole = page(said(4, OWN, "да"), bare, said(2, ANNA, "раз"), said(1, ANNA, "два"))
    folder = archive(tmp_path, {"100/messages0.html": whole})
    funnel = Funnel()
    assert [one.message_id for one in read(folder, funnel)] == [4, 2, 1]
    assert (funnel.counts[0].kept, funnel.counts[0].dropped) == (3, 1)
    assert not any("break off" in note for note in funnel.notes)
    archive(tmp_path, {"100/messages0.html": whole[: whole.index("два")]})
    funnel = Funnel()
    assert [one.message_id for one in read(folder, funnel)] == [4, 2, 1]
    place = folder / "messages" / "100" / "messages0.html"
    assert (
        f"source: 1 pages break off before </html>: messages may be missing. Unpack the archive again (first: {place})."
    ) in funnel.notes
