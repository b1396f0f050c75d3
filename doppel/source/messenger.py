"""Messenger: Meta's "Download your information", and the export of end-to-end encrypted chats."""

from __future__ import annotations

from doppel.source.messenger_archive import Archive

ADVICE = (
    "Ask Facebook for your information (Accounts Center > Your information and permissions > Download your "
    "information > Messages, format JSON, not HTML) and type source.path=ARCHIVE.zip, or the folder that it was "
    "unpacked to; encrypted chats: messenger.com > Privacy & safety > End-to-end encrypted chats > Download."
)


class Messenger:
    """The messages of every thread; its methods are those of the archive, which Instagram has too."""

    def __init__(self, *, path: str | list[str]) -> None:
        archive = Archive(path, "messenger", ADVICE)
        self.messages, self.owner_ids, self.fingerprint = archive.messages, archive.owner_ids, archive.fingerprint
