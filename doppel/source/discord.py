"""Discord: what DiscordChatExporter writes (JSON, CSV), and Discord's own data package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.errors import DataError
from doppel.source.discord_exporter import ExporterReader
from doppel.source.discord_package import MESSAGES, PackageReader
from doppel.source.discord_table import TableReader
from doppel.source.files import Files, fingerprint
from doppel.source.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.source.files import File
    from doppel.types import Funnel, Message

ADVICE = (
    "Export the chats with DiscordChatExporter, format JSON, and type source.path=FOLDER (or a .json or .csv file "
    "of it, a .zip of them, or the data package that Discord itself sends)."
)
OWN_ONLY = (
    "source: Discord's data package holds your own messages alone, so nobody asks and nothing is answered. "
    "Export the chats themselves with DiscordChatExporter (format JSON) to learn replies."
)


class Discord:
    """The messages of channels and direct chats, file after file."""

    def __init__(self, *, path: str | list[str], timezone: str) -> None:
        self.path, self.timezone = path, timezone
        self.owners: frozenset[str] = frozenset()

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        """Every message, service messages too; each call reads the files anew. Raises: DataError."""
        ledger = Ledger(ADVICE)
        package = PackageReader(self._files(), ledger)
        exporter = ExporterReader(ledger)
        table = TableReader(self.timezone, ledger)
        yield from package.messages()
        others = package.others
        for file in others:
            if not file.name.lower().endswith(".csv"):
                yield from exporter.messages(file)
        for file in others:  # after JSON, which knows more of the same messages
            if file.name.lower().endswith(".csv"):
                yield from table.messages(file, exporter.chats)
        self.owners = package.owners
        if not (exporter.chats or table.chats or package.chats):
            names = ", ".join(file.name for file in others[:5])
            raise DataError(f"{self.path} holds no chats of Discord, only {names}. {ADVICE}")
        ledger.report(funnel, str(self.path))
        if package.chats:
            funnel.note(OWN_ONLY)
        for reader in (exporter, table):
            if reader.passed:
                names = ", ".join(reader.passed[:5])
                funnel.note(f"source: {len(reader.passed):,} files were passed over as {reader.why_passed}: {names}.")

    def owner_ids(self) -> frozenset[str]:
        """The account of a data package; empty for DiscordChatExporter, which does not tell whose export it is."""
        return self.owners

    def fingerprint(self) -> Mapping[str, str]:
        """File name -> sha256 of each input file. Raises: DataError."""
        # The folder of a data package's messages is the number of the channel where nothing else tells.
        return fingerprint(self._files(), lambda file: file.place if file.name in MESSAGES else file.name)

    def _files(self) -> list[File]:
        files = Files(self.path, ADVICE).matching("*.json", "*.csv")
        # Attachments, which may be of any kind, are put beside "X.json" into "X.json_Files".
        return [file for file in files if not file.folder.rstrip("/").endswith("_Files")] or files
