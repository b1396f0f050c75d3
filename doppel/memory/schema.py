"""The tables, and how those of an older version become those of the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

APPLICATION_ID = 0x646F7070  # "dopp": tells doppel's files from those of other programs

FIRST = """
CREATE TABLE person (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL UNIQUE,  -- of whatever they talk by: telegram:1234567
    name TEXT NOT NULL,            -- as they call themselves there
    contact TEXT                   -- the speaker_id that the model knows them by, NULL for strangers
);
CREATE TABLE note (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,
    text TEXT NOT NULL,
    written_at REAL NOT NULL
);
CREATE TABLE conversation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    place TEXT NOT NULL UNIQUE,    -- telegram:BOT:CHAT
    is_group INTEGER NOT NULL,
    speaker_id TEXT                -- who answers, NULL for the run's persona
);
CREATE TABLE reply (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversation ON DELETE CASCADE,
    run TEXT NOT NULL,             -- the name of the run directory
    speaker_id TEXT NOT NULL,
    seen_up_to INTEGER NOT NULL,   -- the newest message that the model had read
    made_at REAL NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('asked', 'given', 'refused')),
    asked_as INTEGER               -- the message in which the owner is asked about it, NULL before it is sent
);
CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversation ON DELETE CASCADE,
    person_id INTEGER REFERENCES person ON DELETE CASCADE,  -- NULL for the model's own
    reply_id INTEGER REFERENCES reply ON DELETE SET NULL,   -- which it is part of, or which has answered it
    outside_id INTEGER,            -- what the messenger calls it
    text TEXT NOT NULL,
    at REAL NOT NULL,
    state TEXT NOT NULL CHECK (state IN
        ('heard', 'waiting', 'answered', 'drafted', 'queued', 'sending', 'sent', 'unsent'))
);
CREATE INDEX message_of_conversation ON message (conversation_id, id);
CREATE INDEX message_by_state ON message (state, conversation_id);
CREATE INDEX message_of_reply ON message (reply_id);
CREATE INDEX message_outside ON message (conversation_id, outside_id);
CREATE TABLE notice (              -- what the program itself has still to tell
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversation ON DELETE CASCADE,
    text TEXT NOT NULL
);
CREATE TABLE taken (
    source TEXT NOT NULL,          -- telegram:BOT
    number INTEGER NOT NULL,       -- of an update that has been seen to
    at REAL NOT NULL,
    PRIMARY KEY (source, number)
) WITHOUT ROWID;
CREATE TABLE feedback (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('reaction', 'approval', 'refusal', 'edit', 'thumb')),
    rating INTEGER NOT NULL CHECK (rating IN (-1, 1)),
    run TEXT NOT NULL,
    turns TEXT NOT NULL,           -- JSON: what the reply answers, as the model was given it
    speaker TEXT NOT NULL,         -- JSON: the turn that was asked for, without words
    reply TEXT NOT NULL,           -- JSON: the messages that the model said
    better TEXT,                   -- JSON: what it should have said, NULL where nobody tells
    given_by INTEGER REFERENCES person ON DELETE CASCADE,
    reply_id INTEGER REFERENCES reply ON DELETE SET NULL,
    at REAL NOT NULL
);
CREATE TABLE feedback_person (     -- everybody whose words are in it
    feedback_id INTEGER NOT NULL REFERENCES feedback ON DELETE CASCADE,
    person_id INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,
    PRIMARY KEY (feedback_id, person_id)
) WITHOUT ROWID;
"""
MIGRATIONS = (FIRST,)  # the n-th leads from version n to n + 1; one that has been released is never changed


@dataclass(frozen=True, slots=True)
class Tables:
    """What one kind of doppel's files holds."""

    application_id: int  # tells its files from those of other programs
    migrations: Sequence[str]  # the n-th leads from version n to n + 1
    key: str  # of the config, that another file is typed in

    @property
    def version(self) -> int:
        """Today's."""
        return len(self.migrations)


MEMORY = Tables(APPLICATION_ID, MIGRATIONS, "memory_file")
