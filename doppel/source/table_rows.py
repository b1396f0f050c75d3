"""The rows of a messages table as messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from doppel.source.rows import RAGGED
from doppel.source.table_columns import TableColumns
from doppel.source.table_ids import TableIds
from doppel.source.table_time_told import told
from doppel.source.written_dialogue import moment
from doppel.types import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.source.reading import Reading
    from doppel.source.rows import Rows
    from doppel.source.table_time import Clock

OWNER, UNKNOWN = "table:owner", "table:unknown"
YES = frozenset(("1", "1.0", "true", "yes", "y", "t", "out", "outgoing", "me"))
TEXT_KINDS = frozenset(("", "text", "message", "none", "null", "nan", "\u6587\u672c"))  # the last is WeChat's "text"
STICKERS = frozenset(("sticker", "animated emoji", "\u52a8\u753b\u8868\u60c5"))
LONGEST_EMOJI = 8  # code points of one emoji with its joiners
NOT_TEXT = "whose text is a list or an object"
NAMELESS = "have no sender, and are taken for one unknown person's"
FUTURE = "are from the future, more than a day from now"
UNTIMED = "no column holds times: the order of the rows stands for them, a message a minute"


class TableMessages:
    """What the rows of messages tables mean. Holds a count for each chat; of files that may overlap, the ids."""

    def __init__(
        self, wanted: Mapping[str, str | None], clock: Clock, reading: Reading, *, may_overlap: bool = False
    ) -> None:
        self.wanted = wanted
        self.clock = clock
        self.reading = reading
        self.ids = TableIds(reading, may_overlap=may_overlap)
        self.has_owner = False
        self.untimed: str | None = None  # why times cannot be read, with the first of them
        self.soon = datetime.now(UTC) + timedelta(days=1)

    def owner_ids(self) -> frozenset[str]:
        """The account that made the table, where a column tells."""
        return frozenset((OWNER,) if self.has_owner else ())

    def messages(self, rows: Rows) -> Iterator[Message]:
        """A message of each usable row. Raises: DataError for columns that are not there."""
        if not rows.columns:
            return
        columns = TableColumns(rows, self.wanted)
        self.reading.notes.append(f"{rows.title}: {columns.told()}")
        if columns.time is None:
            self.reading.notes.append(f"{rows.title}: {UNTIMED}")
        self.ids.begin_file(has_column=columns.id is not None)
        for number, row in rows.numbered:
            message = self._message(rows, columns, number, row)
            if message is not None:
                self.reading.kept += 1
                yield message

    def _message(self, rows: Rows, columns: TableColumns, number: int, row: Mapping[Any, Any] | None) -> Message | None:
        if row is None:
            return self._drop(RAGGED, rows, number)
        text = self._text(row.get(columns.text))
        if text is None:
            return self._drop(NOT_TEXT, rows, number)
        sent_at = None if columns.time is None else self.clock(row.get(columns.time))
        if sent_at is None and columns.time is not None:
            return self._drop(self._untimed(row.get(columns.time)), rows, number)
        chat = self._name(row.get(columns.chat)) or rows.title
        place = self.ids.place(chat, row.get(columns.id), row.get(columns.reply_to))
        if isinstance(place, str):
            return self._drop(place, rows, number)
        message_id, reply_to, chat_number, message_number = place
        if sent_at is None:
            sent_at = moment(chat_number, message_number)
        elif sent_at > self.soon:
            self.reading.guessed[FUTURE] += 1
        media = self._media(row.get(columns.media))
        is_placeholder = media is not None and columns.is_weclone  # the words of a picture have a row of their own
        sender_id, sender_name = self._sender(columns, row, chat)
        return Message(
            chat_id=f"table:{chat}",
            chat_name=chat,
            chat_kind="unknown",
            message_id=message_id,
            sent_at=sent_at,
            sender_id=sender_id,
            sender_name=sender_name,
            text="" if is_placeholder else text,
            sticker_emoji=_emoji(media, text) if is_placeholder else None,
            media=media,
            reply_to=reply_to,
            is_forwarded=_is_yes(row.get(columns.is_forwarded)),
            is_timed=columns.time is not None,
        )

    def _drop(self, reason: str, rows: Rows, number: int) -> None:
        self.reading.drop(reason, rows.place(number))

    def _untimed(self, value: Any) -> str:
        if self.untimed is None:
            self.untimed = (
                f"with a time that source.time_format={self.clock.time_format} does not read, or outside the years "
                f"1970 to 2200, such as {told(value)}"
            )
        return self.untimed

    def _sender(self, columns: TableColumns, row: Mapping[Any, Any], chat: str) -> tuple[str, str]:
        sender = self._name(row.get(columns.sender))
        name = self._name(row.get(columns.sender_name)) or sender
        if columns.is_owner is not None and _is_yes(row.get(columns.is_owner)):
            self.has_owner = True
            return OWNER, name or "owner"
        if sender:
            return f"table:{sender}", name
        if columns.sender is None:
            return f"table:{chat}", chat  # whoever the owner talks with there
        self.reading.guessed[NAMELESS] += 1
        return UNKNOWN, "unknown"

    def _name(self, value: Any) -> str:
        if isinstance(value, str):
            return self.reading.clean(value.strip())
        return "" if value is None or value != value else str(value)

    def _media(self, value: Any) -> str | None:
        kind = self._name(value) if isinstance(value, str) else ""
        return None if kind.lower() in TEXT_KINDS else kind

    def _text(self, value: Any) -> str | None:
        """The words, "" where there are none, None where they are no text."""
        if isinstance(value, str):
            return self.reading.clean(value)
        if value is None or value != value:  # pandas writes nothing as NaN
            return ""
        return str(value) if isinstance(value, int | float) else None


def _is_yes(value: Any) -> bool:
    return value is True or (value is not None and str(value).strip().lower() in YES)


def _emoji(media: str | None, text: str) -> str | None:
    return text if media in STICKERS and text and not text.isascii() and len(text) <= LONGEST_EMOJI else None
