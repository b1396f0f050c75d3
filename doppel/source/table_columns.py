"""Which columns of a messages table hold what: named by the user, or known by what tables usually call them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.errors import DataError
from doppel.source.columns import known_column, named_column, plain, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doppel.source.rows import Rows

AUTO = "auto"
# In the order they are looked for: no column is taken twice, so what is surest comes first. Names without case and "_".
KNOWN: dict[str, tuple[str, ...]] = {
    "is_owner": ("issender", "isfromme", "fromme", "isme", "isowner", "isoutgoing", "outgoing", "isown"),
    "is_forwarded": ("isforward", "isforwarded", "forwarded"),
    "time": ("dateunixtime", "timestamp", "sentat", "createdat", "createtime", "datetime", "time", "date", "ts"),
    "reply_to": ("replytomessageid", "replytoid", "replyto", "inreplyto", "quotedmessageid", "parentid"),
    "sender": (
        "senderid", "fromid", "authorid", "userid", "sender", "from", "author", "talker", "speaker", "user",
        "username", "nickname", "name",
    ),
    "sender_name": (
        "sendername", "fromname", "authorname", "displayname", "username", "name", "from", "sender", "author",
    ),
    "chat": (
        "chatid", "chat", "roomname", "roomid", "room", "conversationid", "conversation", "dialogid", "dialogueid",
        "channelid", "channel", "threadid", "thread", "chatname", "group",
    ),
    "id": ("messageid", "msgid", "id"),
    "text": ("text", "message", "msg", "content", "body", "messagetext", "utterance"),
    "media": ("typename", "mediatype", "media"),
}  # fmt: skip
ADVICE = (
    "Accepted: CSV, TSV, JSONL, JSON or Parquet with a message in each row. Type source.path=FILE, and where a column "
    "has another name source.text=COLUMN source.sender=COLUMN source.time=COLUMN source.chat=COLUMN"
)
WECLONE = frozenset(("typename", "issender", "talker", "createtime"))


class TableColumns:
    """The column of each field, None where the table has none."""

    def __init__(self, rows: Rows, wanted: Mapping[str, str | None]) -> None:
        """Raises: DataError where a named column is absent, or where nothing can be text or sender."""
        found = {key: named_column(rows, key, name, ADVICE) for key, name in wanted.items() if name not in (AUTO, None)}
        for key, names in KNOWN.items():
            if wanted.get(key, AUTO) == AUTO:
                taken = set(found.values())
                column = known_column((name for name in rows.columns if name not in taken), names)
                if column is not None:
                    found[key] = column
        _check(rows, found)
        self.found = found
        self.is_weclone = {plain(name) for name in rows.columns} >= WECLONE
        self.chat, self.sender, self.sender_name = found.get("chat"), found.get("sender"), found.get("sender_name")
        self.text, self.time, self.media = found["text"], found.get("time"), found.get("media")
        self.id, self.reply_to = found.get("id"), found.get("reply_to")
        self.is_owner, self.is_forwarded = found.get("is_owner"), found.get("is_forwarded")

    def told(self) -> str:
        """Which column was taken for what, for a note."""
        return ", ".join(f"{key} from {shown([column])}" for key, column in self.found.items())


def _check(rows: Rows, found: Mapping[str, str]) -> None:
    for needed, is_there in (("text", "text" in found), ("sender", "sender" in found or "is_owner" in found)):
        if not is_there:
            raise DataError(
                f"{rows.label} has no column that is known to hold the {needed}. It has: {shown(rows.columns)}. "
                f"Type source.{needed}=COLUMN. {ADVICE}"
            )
