"""Instagram: Meta's "Download your information"."""

from __future__ import annotations

from doppel.source.messenger_archive import Archive

ADVICE = (
    "Ask Instagram for your information (Accounts Center > Your information and permissions > Download your "
    "information > Messages, format JSON, not HTML) and type source.path=ARCHIVE.zip, or the folder that it was "
    "unpacked to."
)


class Instagram:
    """The direct messages of every thread; its methods are those of the archive, which Messenger has too."""

    def __init__(self, *, path: str | list[str]) -> None:
        archive = Archive(path, "instagram", ADVICE)
        self.messages, self.owner_ids, self.fingerprint = archive.messages, archive.owner_ids, archive.fingerprint
