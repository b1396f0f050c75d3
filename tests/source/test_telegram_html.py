"""Telegram Desktop's HTML export: real pages, made-up ones, and what is no page."""

import hashlib
import zipfile
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest

from doppel.errors import DataError
from doppel.source import telegram_page
from doppel.source.telegram_html import TelegramPages
from doppel.types import Count, Entity, Funnel, Message

TIMELESS = "are service messages, which have no time in HTML: they got that of the message before."
NAMED = "have no sender id, as HTML leaves them out: people are told apart by their display name."


def page(*blocks: str, name: str = "Anna") -> str:
    head = f'<div class="page_header"><div class="content">\n<div class="text bold">\n{name}\n</div></div></div>'
    body = "".join(blocks)
    return f"<!DOCTYPE html>\n<html><head></head><body>{head}<div class='history'>{body}</div></body></html>\n"


def said(number: object, sender: str | None = "Anna", inside: str = "hi", date: str = "15.01.2024 12:30:00 UTC") -> str:
    """A message; without a sender it is joined to the one before."""
    joined = "" if sender else " joined"
    name = f'<div class="from_name">\n{sender} \n</div>' if sender else ""
    words = inside if inside.startswith("<div") else f'<div class="text">\n{inside}\n       </div>'
    return (
        f'<div class="message default clearfix{joined}" id="message{number}"><div class="body">'
        f'<div class="pull_right date details" title="{date}">12:30</div>{name}{words}</div></div>'
    )


def service(number: int, words: str) -> str:
    return f'<div class="message service" id="message{number}"><div class="body details">\n{words}\n</div></div>'


def write(folder: Path, *pages: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(pages, 1):
        (folder / f"messages{number if number > 1 else ''}.html").write_text(content, "utf-8")
    return folder


def exported(*paths: Path, timezone: str = "UTC") -> TelegramPages:
    return TelegramPages(path=[str(path) for path in paths] if len(paths) > 1 else str(paths[0]), timezone=timezone)


def read(*paths: Path, timezone: str = "UTC") -> tuple[list[Message], Funnel]:
    funnel = Funnel()
    return list(exported(*paths, timezone=timezone).messages(funnel)), funnel


def only(folder: Path, *blocks: str) -> Message:
    messages, _ = read(write(folder, page(*blocks)))
    assert len(messages) == 1
    return messages[0]


def test_a_real_export_of_two_pages(shared_data: Path) -> None:
    messages, funnel = read(shared_data / "tg_vorot93/basic_export")
    assert [(one.message_id, one.sender_name, one.text, one.media) for one in messages] == [
        (101, "Alice", "Hello family link", None),
        (102, "Alice", "Second line", None),
        (103, "Bob", "secret", "photo"),
        (104, "", "", None),
        (105, "Alice", "", "file"),
        (201, "Bob", "", "poll"),
        (202, "", "", None),
        (203, "", "", None),
    ]
    assert messages[2] == Message(
        chat_id="telegram_html:Family Chat",
        chat_name="Family Chat",
        chat_kind="unknown",
        message_id=103,
        sent_at=datetime(2025, 2, 12, 9, 0, tzinfo=UTC),
        sender_id="name:Bob",
        sender_name="Bob",
        text="secret",
        media="photo",
        is_forwarded=True,
        forwarded_from="Carol",
        via_bot="@helper_bot",
    )
    assert messages[1].reply_to == 101
    assert messages[0].entities == (Entity("link", 13, 17),)
    assert [one.message_id for one in messages if one.is_service] == [104, 202, 203]
    assert messages[3].sent_at == messages[2].sent_at
    assert messages[3].sender_id == "unknown:telegram_html:Family Chat"
    assert funnel.counts == [Count("source", 8, 0, "messages", "")]
    assert funnel.notes == [f"source: 5 messages {NAMED}", f"source: 3 messages {TIMELESS}"]


def test_a_real_export_with_media(shared_data: Path) -> None:
    messages, funnel = read(shared_data / "tg_vorot93/tdesktop_media/chat_001/messages.html")
    assert [(one.sender_name, one.media) for one in messages if not one.is_service] == [
        ("Alice", "voice_message"),
        ("Bob", "audio_file"),
        ("Bob", "video_file"),
    ]
    assert funnel.counts == [Count("source", 6, 0, "messages", "")]
    assert len({one.message_id for one in messages}) == 6  # one of them has an id that is no number


def test_all_html_of_the_shared_data_at_once(shared_data: Path) -> None:
    messages, funnel = read(shared_data / "tg_vorot93")
    assert (len(messages), funnel.counts[0].kept, funnel.counts[0].dropped) == (14, 14, 0)
    assert {one.chat_name for one in messages} == {"Family Chat", "Trip Planning"}


def test_joined_messages_have_the_sender_of_the_one_before_also_over_pages(tmp_path: Path) -> None:
    first = page(said(1), said(2, None), service(3, "Bob joined"), said(4, None), said(5, "Bob"))
    messages, _ = read(write(tmp_path, first, page(said(6, None), said(7, None))))
    assert [one.sender_name for one in messages] == ["Anna", "Anna", "", "Anna", "Bob", "Bob", "Bob"]


def test_pages_are_read_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    folder = write(tmp_path, *(page(said(number)) for number in range(1, 12)))
    assert [one.message_id for one in read(folder)[0]] == list(range(1, 12))
    assert [one.message_id for one in read(folder / "messages.html")[0]] == list(range(1, 12))
    assert [one.message_id for one in read(folder / "messages3.html")[0]] == [3]


@pytest.mark.parametrize(
    ("inside", "text", "entities"),
    [
        ("one<br>two<br/><br>three", "one\ntwo\n\nthree", ()),
        ("&lt;b&gt; &amp; &quot;x&quot; &apos;", '<b> & "x" \'', ()),
        ("<strong>a</strong> <em>b</em><u>c</u><s>d</s><blockquote>e</blockquote>", "a bcde", ()),
        ('see <a href="https://x.org/?a=1&amp;b">x.org</a>!', "see x.org!", (Entity("link", 4, 9),)),
        ('<a href="https://t.me/ann">@ann</a> hi', "@ann hi", (Entity("mention", 0, 4),)),
        ('<a href="" onclick="return ShowMentionName()">Ann</a>', "Ann", (Entity("mention", 0, 3),)),
        ('<a href="" onclick="return ShowHashtag(&quot;x&quot;)">#x</a>', "#x", ()),
        ('<a href="" onclick="return ShowBotCommand(&quot;go&quot;)">/go</a>', "/go", ()),
        ('<a href="mailto:a@b.c">a@b.c</a>', "a@b.c", (Entity("email", 0, 5),)),
        ('<a href="tel:+1555">+1 555</a>', "+1 555", (Entity("phone", 0, 6),)),
        ('<a href="stickers/AnimatedSticker.tgs">\U0001f92d</a>', "\U0001f92d", ()),
        ("\U0001f92d <code>x = 1</code>", "\U0001f92d x = 1", (Entity("code", 2, 7),)),
        ("<pre>a<br>b</pre>", "a\nb", (Entity("code", 0, 3),)),
        (
            '<strong><a href="https://x.org">a</a> <code>b</code></strong>',
            "a b",
            (Entity("link", 0, 1), Entity("code", 2, 3)),
        ),
        ('<span class="spoiler hidden"><span aria-hidden="true">s</span></span>', "s", ()),
        ("\u05e9\u05dc\u05d5\u05dd  \u00a0x", "\u05e9\u05dc\u05d5\u05dd  \u00a0x", ()),
        ("", "", ()),
    ],
)
def test_words_and_their_labels(tmp_path: Path, inside: str, text: str, entities: tuple[Entity, ...]) -> None:
    message = only(tmp_path, said(1, inside=inside))
    assert (message.text, message.entities) == (text, entities)


def media(classes: str, title: str = "", status: str = "") -> str:
    details = f'<div class="title bold">\n{title}\n</div><div class="status details">\n{status}\n</div>'
    inside = f'<div class="fill pull_left"></div><div class="body">{details}</div>'
    return f'<div class="media_wrap clearfix"><div class="{classes}">{inside}</div></div>'


@pytest.mark.parametrize(
    ("classes", "title", "status", "kind", "emoji"),
    [
        ("photo_wrap clearfix pull_left", "", "", "photo", None),
        ("sticker_wrap clearfix pull_left", "", "", "sticker", None),
        ("animated_wrap clearfix pull_left", "", "", "animation", None),
        ("video_file_wrap clearfix pull_left", "", "", "video_file", None),
        (
            "media clearfix pull_left media_photo",
            "Photo",
            "Not included, change data exporting settings",
            "photo",
            None,
        ),
        ("media clearfix pull_left media_photo", "Sticker", "\U0001f92d, 32.1 KB", "sticker", "\U0001f92d"),
        ("media clearfix pull_left media_photo", "Sticker", "32.1 KB", "sticker", None),
        ("media clearfix pull_left media_video", "Video message", "00:09", "video_message", None),
        ("media clearfix pull_left media_video", "Animation", "", "animation", None),
        ("media clearfix pull_left media_voice_message", "Voice message", "00:04", "voice_message", None),
        ("media clearfix pull_left media_audio_file", "Sticker", "", "audio_file", None),
        ("media clearfix pull_left media_file", "Photo", "12 KB", "file", None),
        ("media clearfix pull_left media_contact", "Bob", "+1", "contact", None),
        ("media clearfix pull_left media_live_location", "", "", "location", None),
        ("media_poll", "", "", "poll", None),
        ("unheard of", "", "", "file", None),
    ],
)
def test_media(tmp_path: Path, classes: str, title: str, status: str, kind: str, emoji: str | None) -> None:
    message = only(tmp_path, said(1, inside=media(classes, title, status)))
    assert (message.media, message.sticker_emoji, message.text) == (kind, emoji, "")


def test_a_call_is_a_service_message(tmp_path: Path) -> None:
    message = only(
        tmp_path, said(1, inside=media("media clearfix pull_left media_call", "Bob", "Outgoing (5 seconds)"))
    )
    assert (message.is_service, message.media, message.sender_id) == (True, None, "name:Anna")


def forwarded(name: str, words: str) -> str:
    head = (
        f'<div class="from_name">\n{name} <span class="date details" title="1"> 11.02.2025</span></div>' if name else ""
    )
    return f'<div class="forwarded body">{head}<div class="text">\n{words}\n</div></div>'


def test_forwards_hold_their_words_inside(tmp_path: Path) -> None:
    messages, _ = read(
        write(
            tmp_path,
            page(
                said(1, inside=forwarded("Carol via @gif", "one")),
                said(2, None, inside=forwarded("", "two")),
                said(3, None, inside="own"),
                said(4, "Bob", inside=forwarded("", "three")),
            ),
        )
    )
    assert [(one.text, one.is_forwarded, one.forwarded_from, one.via_bot) for one in messages] == [
        ("one", True, "Carol", "@gif"),
        ("two", True, "Carol", None),
        ("own", False, None, None),
        ("three", True, None, None),
    ]


@pytest.mark.parametrize(
    ("written", "name", "bot"),
    [
        ("Bob via @gif", "Bob", "@gif"),
        ("Olivia @x", "Olivia @x", None),
        ("via @gif", "", "@gif"),
        ("A via B", "A via B", None),
    ],
)
def test_bots_that_a_message_was_sent_by(tmp_path: Path, written: str, name: str, bot: str | None) -> None:
    message = only(tmp_path, said(1, written))
    assert (message.sender_name, message.via_bot) == (name, bot)


def reply(target: str) -> str:
    return (
        f'<div class="reply_to details">In reply to <a href="{target}">this message</a></div><div class="text">x</div>'
    )


@pytest.mark.parametrize(
    ("target", "number"),
    [
        ("#go_to_message12", 12),
        ("messages2.html#go_to_message12", 12),
        ("#go_to_message-999999988", -999_999_988),
        ("https://t.me/c/1", None),
        ("#go_to_message" + "9" * 50, None),
    ],
)
def test_replies(tmp_path: Path, target: str, number: int | None) -> None:
    assert only(tmp_path, said(1, inside=reply(target))).reply_to == number


@pytest.mark.parametrize(
    ("date", "zone", "hour"),
    [
        ("15.01.2024 12:30:00 UTC+03:00", "UTC", 9),
        ("15.01.2024 12:30:00 UTC-05:00", "Europe/Berlin", 17),
        ("15.01.2024 12:30:00 UTC", "Europe/Berlin", 12),
        ("15.01.2024 12:30:00", "Europe/Berlin", 11),
    ],
)
def test_times_and_their_zones(tmp_path: Path, date: str, zone: str, hour: int) -> None:
    messages, funnel = read(write(tmp_path, page(said(1, date=date), said(2, "Bob", date=date))), timezone=zone)
    assert messages[0].sent_at == datetime(2024, 1, 15, hour, 30, tzinfo=UTC)
    noted = [f"source: 2 messages have a time without a zone: it was taken as of source.timezone={zone}."]
    assert [note for note in funnel.notes if "zone" in note] == (noted if "UTC" not in date else [])


@pytest.mark.parametrize(
    "date", ["", "today", "31.02.2024 12:30:00 UTC", "15.01.9999 12:30:00 UTC", "01.01.0001 00:00:00 UTC+14:00"]
)
def test_a_message_without_a_time_is_counted(tmp_path: Path, date: str) -> None:
    file = write(tmp_path, page(said(1), said(2, date=date), said(3))) / "messages.html"
    messages, funnel = read(file)
    assert [one.message_id for one in messages] == [1, 3]
    assert funnel.counts[0].dropped == 1
    assert funnel.counts[0].why.startswith(f"1 without a date that can be read (first: {file}, message2 (line ")


def test_what_is_left_out_still_says_whose_the_joined_ones_are(tmp_path: Path) -> None:
    messages, _ = read(write(tmp_path, page(said(1), said(2, "Bob", date="?"), said(3, None), service(4, "x"))))
    assert [(one.message_id, one.sender_name) for one in messages] == [(1, "Anna"), (3, "Bob"), (4, "")]


def test_service_messages_take_the_time_before_them_or_the_day_of_the_heading(tmp_path: Path) -> None:
    blocks = (
        service(-1, "3 March 2024"),
        service(1, "Anna joined"),
        said(2),
        service(-2, "4 Mars 2024"),
        service(3, "x"),
    )
    messages, funnel = read(write(tmp_path, page(*blocks)))
    assert [(one.message_id, one.sent_at.date().isoformat()) for one in messages] == [
        (1, "2024-03-03"),
        (2, "2024-01-15"),
        (3, "2024-01-15"),
    ]
    assert funnel.counts == [Count("source", 3, 0, "messages", "")]
    _, funnel = read(write(tmp_path, page(service(-1, "nothing"), service(1, "Anna joined"), said(2))))
    assert (funnel.counts[0].kept, funnel.counts[0].dropped) == (1, 1)


def test_messages_of_a_migrated_group_are_no_headings(tmp_path: Path) -> None:
    messages, _ = read(write(tmp_path, page(said(-999_999_988), service(-999_999_987, "Bob left"), said(1))))
    assert [one.message_id for one in messages] == [-999_999_988, -999_999_987, 1]


def test_topics(tmp_path: Path) -> None:
    blocks = (said(1), service(2, "Bob created topic \u00abFood\u00bb"), said(3, inside=reply("#go_to_message2")))
    messages, _ = read(write(tmp_path, page(*blocks, said(4, inside=reply("#go_to_message3")), said(5))))
    assert [one.topic for one in messages] == [None, "Food", "Food", "Food", None]
    assert [one.reply_to for one in messages] == [None, None, None, 3, None]  # nobody answers what created the topic


def test_albums_become_one_message_also_over_pages(tmp_path: Path) -> None:
    photo = media("photo_wrap clearfix pull_left")
    words = photo + '<div class="text">words</div>'
    pages = page(said(1, inside=photo)), page(said(2, None, inside=words), said(3, inside=reply("#go_to_message1")))
    messages, funnel = read(write(tmp_path, *pages))
    assert [(one.message_id, one.text, one.reply_to) for one in messages] == [(2, "words", None), (3, "x", 2)]
    assert funnel.counts[0].why.startswith("1 merged into the album they belong to")


def test_exports_that_overlap_are_read_once(tmp_path: Path) -> None:
    first = write(tmp_path / "ChatExport_1", page(said(1), said(2)))
    second = write(tmp_path / "ChatExport_2", page(said(2), said(3), said(1, date="16.01.2024 12:30:00 UTC")))
    for paths in ((tmp_path,), (first, second)):
        messages, funnel = read(*paths)
        assert [one.message_id for one in messages] == [1, 2, 3, 1]  # the last has another time: it is another message
        assert funnel.counts[0].dropped == 1


def test_chats_of_one_name_in_an_account_are_two(tmp_path: Path) -> None:
    for number in (1, 2):
        write(tmp_path / "chats" / f"chat_{number}", page(said(number)))
    messages, _ = read(tmp_path)
    assert [one.chat_id for one in messages] == ["telegram_html:Anna", "telegram_html:Anna #2"]


def test_the_owner_is_who_speaks_to_the_other_one(tmp_path: Path) -> None:
    write(tmp_path / "chat_1", page(said(1), said(2, "Me")))
    write(tmp_path / "chat_2", page(said(1, "Bob"), said(2, "Eve"), said(3, "Me"), name="Group"))
    export = exported(tmp_path)
    messages = list(export.messages(Funnel()))
    assert [one.chat_kind for one in messages] == ["personal"] * 2 + ["unknown"] * 3
    assert export.owner_ids() == {"name:Me"}
    write(tmp_path / "chat_3", page(said(1, "Bob"), said(2, "You"), name="Bob"))
    export = exported(tmp_path)
    assert len(list(export.messages(Funnel()))) == 7
    assert export.owner_ids() == frozenset()  # they contradict each other


def test_an_archive_and_its_fingerprint(tmp_path: Path) -> None:
    archive = tmp_path / "x.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("chats/chat_1/messages.html", page(said(1)))
        file.writestr("chats/chat_2/messages.html", page(said(1, "Bob"), name="Bob"))
    messages, _ = read(archive)
    assert [one.chat_name for one in messages] == ["Anna", "Bob"]
    digests = exported(archive).fingerprint()
    label = f"{archive}: chats/chat_1/messages.html"
    assert digests[label] == hashlib.sha256(page(said(1)).encode()).hexdigest()


def test_nul_is_replaced_and_counted(tmp_path: Path) -> None:
    (tmp_path / "messages.html").write_text(page(said(1, inside="a\0b"), said(2, "Bob")), "utf-8")
    messages, funnel = read(tmp_path)
    assert messages[0].text == "a\ufffdb"
    assert any("held halves of characters, or NUL" in note for note in funnel.notes)


DEEP = "<b>" * 3000 + "x" + "</b>" * 3000


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"hello", "is not HTML"),
        (b'{"messages": []}', "is JSON, not HTML: type source=telegram"),
        (b"<html><body>no chat</body></html>", "is HTML, but no chat of Telegram Desktop (it has no page_header)"),
        (page(said(1))[:-60].encode(), "characters: its last word is not </html>"),
        (page(said(1)).encode("utf-16"), "is not UTF-8: byte 1 is 0xff"),
        (page(said(1), name="\u0410").encode("cp1251"), "is not UTF-8: byte 113 is 0xc0"),
        (page(said(1), said(2).replace("</div></div>", ""), said(3)).encode(), "message3 (line 13) is inside another"),
        (page(said(1), said(2, inside=DEEP), said(3)).encode(), "2 of 3 messages can be read, the last is message2"),
        (page(said(1), "<!-- ", said(2), said(3)).encode(), "1 of 3 messages can be read, the last is message1"),
        (page("<!-- ", said(1), said(2)).encode(), "0 of 2 messages can be read, the first is in line "),
        (page(service(-1, "3 March 2024")).encode(), "holds no messages to read (none at all)"),
    ],
)
def test_what_a_page_may_be_instead(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "messages.html").write_bytes(content)
    with pytest.raises(DataError) as refusal:
        read(tmp_path)
    assert told in str(refusal.value)
    assert str(tmp_path) in str(refusal.value)
    assert "Type source.path=FOLDER" in str(refusal.value)


def test_a_page_that_is_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram_page, "MAX_PAGE_BYTES", 1 << 20)
    write(tmp_path, page(said(1, inside="x" * (1 << 20))))
    with pytest.raises(DataError, match=r"messages.html is longer than 1 MiB: Telegram Desktop begins a page every"):
        read(tmp_path)


def test_long_texts_are_read_whole(tmp_path: Path) -> None:
    words = "\u0434\u0430 <> " * 300_000
    assert only(tmp_path, said(1, inside=escape(words))).text == words.strip()


def test_a_folder_without_pages_is_refused(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("{}", "utf-8")
    with pytest.raises(DataError, match=r"has no messages\*.html; it holds 1 other files: result.json. Accepted"):
        read(tmp_path)
