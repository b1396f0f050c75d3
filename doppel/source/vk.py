"""VK (VKontakte): the archive of vk.com/data_protection, or saved answers of its API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doppel.source.files import File, Files, fingerprint
from doppel.source.ledger import Ledger
from doppel.source.local_clock import LocalClock
from doppel.source.vk_archive import ADVICE, VkArchive
from doppel.source.vk_json import VkJson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.types import Funnel, Message


class VkExport:
    """The messages of an archive, or of JSON files; page by page, with one page in memory."""

    def __init__(self, *, path: str | list[str], timezone: str) -> None:
        self.path = path
        self.clock = LocalClock(timezone)
        self.owners: frozenset[str] = frozenset()

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        """Every message, what VK tells of the chat too (is_service). Raises: DataError."""
        ledger = Ledger(ADVICE)
        lists, pages, answers = self._files()
        if pages:
            archive = VkArchive(pages, lists, self.clock, ledger)
            yield from archive.messages()
            self.owners = frozenset((archive.owner,))
            if answers:
                funnel.note(f"source: {len(answers):,} JSON files beside the pages of VK's archive were not read.")
        else:
            history = VkJson(answers, ledger)
            yield from history.messages()
            self.owners = frozenset(history.owners)
        ledger.report(funnel, (pages or answers)[0].label)

    def owner_ids(self) -> frozenset[str]:
        """The sender_id of the account that asked for the archive, after `messages` was read."""
        return self.owners

    def fingerprint(self) -> Mapping[str, str]:
        """File -> sha256. Raises: DataError."""
        lists, pages, answers = self._files()
        in_chats = set(pages)  # their folder is the number of the chat
        return fingerprint([*lists, *pages, *answers], lambda file: file.place if file in in_chats else file.name)

    def _files(self) -> tuple[list[File], list[File], list[File]]:
        """(lists of chats, pages of messages, JSON files)."""
        found = Files(self.path, ADVICE).matching("messages*.html", "index-messages.html", "*.json")
        lists = [file for file in found if file.name == "index-messages.html"]
        answers = [file for file in found if file.name.endswith(".json")]
        return lists, [file for file in found if file not in lists and file not in answers], answers
