import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from doppel.errors import DataError
from doppel.source.slack import Slack
from doppel.types import Entity, Funnel, Message

USERS = [
    {"id": "U1", "name": "anna", "profile": {"display_name": "Anna", "real_name": "Anna Karlsson"}},
    {"id": "U2", "name": "ben", "real_name": "Ben Olsen", "profile": {"display_name": "", "real_name": "Ben Olsen"}},
    {"id": "U3", "name": "builder", "is_bot": True, "profile": {}},
]
CHANNELS = [{"id": "C1", "name": "general", "members": ["U1", "U2"]}]
FIRST = 1_582_302_000_000_200


def said(second: int, user: str | None, text: str | None, **more: Any) -> dict[str, Any]:
    author = {} if user is None else {"user": user}
    return {"type": "message", "ts": f"{1_582_302_000 + second}.000200", "text": text, **author, **more}


def export(folder: Path, days: dict[str, list[Any]], **lists: Any) -> Path:
    for name, content in ({"users": USERS, "channels": CHANNELS} | lists).items():
        if content is not None:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    for place, messages in days.items():
        file = folder / f"{place}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(messages), encoding="utf-8")
    return folder


def general(*messages: Any) -> dict[str, list[Any]]:
    return {"general/2020-02-21": list(messages)}


def read(path: Path | list[str]) -> tuple[list[Message], Funnel, Slack]:
    source, funnel = Slack(path=path if isinstance(path, list) else str(path)), Funnel()
    return list(source.messages(funnel)), funnel, source


def refused(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        read(path)
    return str(caught.value)


def test_a_message(tmp_path: Path) -> None:
    [message], funnel, source = read(export(tmp_path, general(said(0, "U1", "hi"))))
    assert message == Message(
        chat_id="slack:C1",
        chat_name="#general",
        chat_kind="public_group",
        message_id=FIRST,
        sent_at=datetime(2020, 2, 21, 16, 20, 0, 200, UTC),
        sender_id="slack:U1",
        sender_name="Anna",
        text="hi",
    )
    assert [(one.stage, one.kept, one.dropped, one.unit) for one in funnel.counts] == [("source", 1, 0, "messages")]
    assert source.owner_ids() == frozenset()
    assert sorted(source.fingerprint()) == ["channels.json", "general/2020-02-21.json", "users.json"]


def test_kinds_of_channels(tmp_path: Path) -> None:
    day = "2020-02-21"
    days = {
        f"general/{day}": [said(0, "U1", "a")],
        f"secret/{day}": [said(1, "U1", "b")],
        f"D7/{day}": [said(2, "U2", "c")],
        f"mpdm-anna--ben-1/{day}": [said(3, "U2", "d")],
        f"unlisted/{day}": [said(4, "U2", "e")],
    }
    lists = {
        "groups": [{"id": "G1", "name": "secret"}],
        "dms": [{"id": "D7", "members": ["U1", "U2"]}],
        "mpims": [{"id": "G2", "name": "mpdm-anna--ben-1", "members": ["U1", "U2", "U9"]}],
    }
    messages, funnel, _ = read(export(tmp_path, days, **lists))
    assert {(one.text, one.chat_id, one.chat_name, one.chat_kind) for one in messages} == {
        ("a", "slack:C1", "#general", "public_group"),
        ("b", "slack:G1", "#secret", "group"),
        ("c", "slack:D7", "Anna, Ben Olsen", "personal"),
        ("d", "slack:G2", "Anna, Ben Olsen", "group"),
        ("e", "slack:unlisted", "unlisted", "unknown"),
    }
    assert funnel.notes == [
        "source: 1 channels are in none of channels.json, groups.json, mpims.json, dms.json: named after their folders."
    ]


def test_threads(tmp_path: Path) -> None:
    root = said(0, "U1", "who?")["ts"]
    messages, _, _ = read(
        export(
            tmp_path,
            general(
                said(0, "U1", "who?", thread_ts=root),
                said(1, "U2", "me", thread_ts=root),
                said(2, "U2", "me!", thread_ts=root, subtype="thread_broadcast"),
                said(3, "U1", "other"),
            ),
        )
    )
    assert [one.reply_to for one in messages] == [None, FIRST, FIRST, None]
    assert [one.topic for one in messages] == [f"thread {FIRST}"] * 3 + [None]
    assert not any(one.is_service for one in messages)


def test_service_bots_and_media(tmp_path: Path) -> None:
    picture = {"mimetype": "image/png", "name": "a.png"}
    share = {"is_share": True, "author_name": "Ben Olsen", "text": "old <!here> words"}
    messages, funnel, _ = read(
        export(
            tmp_path,
            general(
                said(0, "U1", "<@U1> has joined the channel", subtype="channel_join"),
                said(1, None, "done", subtype="bot_message", bot_id="B1", username="ci"),
                said(2, "U3", "built"),
                said(3, "USLACKBOT", "no", subtype="slackbot_response"),
                said(4, "U1", "is away", subtype="me_message"),
                said(5, "U1", "look", subtype="file_share", files=[picture]),
                said(6, "U1", "", files=[{"subtype": "slack_audio", "mimetype": "video/mp4"}]),
                said(7, "U2", "", attachments=[{"fallback": "x"}, share]),
                said(8, None, "unsigned"),
                said(9, "U1", None),
            ),
        )
    )
    assert [one.is_service for one in messages] == [True] + [False] * 9
    assert messages[0].text == ""
    assert [one.is_bot for one in messages[1:5]] == [True, True, True, False]
    assert (messages[1].sender_id, messages[1].sender_name) == ("slack:B1", "ci")
    assert [one.media for one in messages[5:7]] == ["photo", "voice_message"]
    assert (messages[7].is_forwarded, messages[7].text, messages[7].forwarded_from) == (
        True,
        "old @here words",
        "Ben Olsen",
    )
    assert messages[8].sender_id == "slack:unknown"
    assert messages[9].text == ""
    assert funnel.counts[0].kept == 10


def test_markup(tmp_path: Path) -> None:
    text = (
        "<@U2> &amp; <@U9|zoe> in <#C1> or <#C2|old> &lt;b&gt; &amp;lt; <http://x.example/?a=1&amp;b> "
        "<https://y.example|site> <mailto:a@b.example|a@b.example> <tel:+123|+123> <!subteam^S1|@team> "
        "<!date^1^{date}|May 1> :wave:"
    )
    [message], _, _ = read(export(tmp_path, general(said(0, "U1", text))))
    assert message.text == (
        "@Ben Olsen & @zoe in #general or #old <b> &lt; http://x.example/?a=1&b "
        "site a@b.example +123 @team May 1 \U0001f44b"
    )
    assert message.entities[0] == Entity("mention", 0, 10)
    assert [(one.kind, message.text[one.start : one.end]) for one in message.entities[1:]] == [
        ("mention", "@zoe"),
        ("link", "http://x.example/?a=1&b"),
        ("link", "site"),
        ("email", "a@b.example"),
        ("phone", "+123"),
    ]


def test_a_zip_without_lists_takes_names_from_the_messages(tmp_path: Path) -> None:
    file = tmp_path / "export.zip"
    with zipfile.ZipFile(file, "w") as archive:
        first = said(0, "U1", "hi", user_profile={"display_name": "", "real_name": "Anna"})
        archive.writestr("general/2020-02-21.json", json.dumps([first, said(1, "U2", "you")]))
        archive.writestr("general/canvas.json", "not even JSON")
    messages, funnel, _ = read(file)
    assert [(one.sender_id, one.sender_name) for one in messages] == [("slack:U1", "Anna"), ("slack:U2", "U2")]
    assert len(funnel.notes) == 2
    assert funnel.notes[1] == "source: 1 people are in no users.json: their ids stand for their names."


def test_overlapping_exports_are_read_once(tmp_path: Path) -> None:
    first = export(tmp_path / "a", general(said(0, "U1", "a"), said(1, "U2", "b")))
    second = export(tmp_path / "b", general(said(1, "U2", "b"), said(2, "U1", "c")))
    messages, funnel, _ = read([str(first), str(second)])
    assert [one.text for one in messages] == ["a", "b", "c"]
    assert (funnel.counts[0].kept, funnel.counts[0].dropped) == (3, 1)


def test_what_cannot_be_used_is_counted(tmp_path: Path) -> None:
    ahead = said(5_000_000_000, "U2", "later\udc00")
    bad = [7, {"text": "no time"}, said(1, "U1", "x", ts="soon"), said(1, "U1", "x", ts=5), said(1, "U1", "\0")]
    messages, funnel, _ = read(export(tmp_path, general(said(0, "U1", "a"), *bad, ahead)))
    assert [one.text for one in messages] == ["a", "\ufffd", "later\ufffd"]
    assert (funnel.counts[0].kept, funnel.counts[0].dropped) == (3, 4)
    assert any("a day in the future" in note for note in funnel.notes)
    assert sum("U+FFFD" in note and ": 2 messages" in note for note in funnel.notes) == 1


@pytest.mark.parametrize(
    ("place", "content", "told"),
    [
        ("general/2020-02-21.json", "{}", "2020-02-21.json, character 1, "),
        ("general/2020-02-21.json", "", "breaks off"),
        ("general/2020-02-21.json", '[{"ts": "1.0"', "breaks off"),
        ("general/2020-02-21.json", "[]", "holds no messages to read (none at all)"),
        ("general/2020-02-21.json", "[3]", "1, all unusable: 1 that are no objects"),
        ("users.json", "[{]", "users.json, character 4, "),
        ("channels.json", '"x"', "channels.json, character 1, "),
    ],
)
def test_bad_files(tmp_path: Path, place: str, content: str, told: str) -> None:
    export(tmp_path, general(said(0, "U1", "a")))
    (tmp_path / place).write_text(content, encoding="utf-8")
    fault = refused(tmp_path)
    assert told in fault
    assert "source.path=" in fault


def test_another_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("{}", encoding="utf-8")
    assert "is no export of Slack: no YYYY-MM-DD.json lies in it" in refused(tmp_path)


def test_paths_that_lead_out_of_a_zip_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("../general/2020-02-21.json", "[]")
    assert "leads out of the archive" in refused(tmp_path / "x.zip")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (":tada: done :+1::skin-tone-3:", "\U0001f389 done \U0001f44d\U0001f3fc"),
        ("<@U1> :slightly_smiling_face:", "@Anna \U0001f642"),
        (":our_own_logo: at 10:30:45", ":our_own_logo: at 10:30:45"),
        ("a:on:b and 1:100:2, https://x.example:80:8", "a:on:b and 1:100:2, https://x.example:80:8"),
    ],
)
def test_emoji_are_themselves_and_not_their_names(tmp_path: Path, written: str, text: str) -> None:
    [message], _, _ = read(export(tmp_path, {"general/2020-02-21": [said(0, "U1", written)]}))
    assert message.text == text
