"""The tables of guesses, and how those of an older version become those of the next one."""

from __future__ import annotations

APPLICATION_ID = 0x646F7061  # "dopa": tells these files from doppel's memories and from those of other programs

FIRST = """
CREATE TABLE game (
    id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,  -- of all that its replies were made of
    about TEXT NOT NULL,               -- JSON: what is asked of whom
    moments TEXT NOT NULL,             -- JSON: contexts with two replies each, the run's own first
    made_at REAL NOT NULL
);
CREATE TABLE guess (
    game_id INTEGER NOT NULL REFERENCES game ON DELETE CASCADE,
    place INTEGER NOT NULL,            -- of the moment among the game's
    judge TEXT NOT NULL,
    choice TEXT NOT NULL CHECK (choice IN ('first', 'second', 'same')),
    is_first_left INTEGER NOT NULL CHECK (is_first_left IN (0, 1)),
    seconds REAL NOT NULL,             -- from the moment's being shown to the guess
    at REAL NOT NULL,
    PRIMARY KEY (game_id, judge, place)
) WITHOUT ROWID;
"""
MIGRATIONS = (FIRST,)  # the n-th leads from version n to n + 1; one that has been released is never changed
