"""Slack: a workspace's export, as a .zip or unpacked."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from doppel.errors import DataError
from doppel.source.files import Files, fingerprint
from doppel.source.json_stream import JsonStream
from doppel.source.ledger import Ledger
from doppel.source.loose_values import elements_of, place_of
from doppel.source.slack_message import SlackReader
from doppel.source.slack_workspace import LISTS, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from doppel.source.files import File
    from doppel.types import Funnel, Message

ADVICE = (
    "Slack writes users.json, channels.json and a folder of YYYY-MM-DD.json files for each channel: type "
    "source.path=EXPORT.zip, or the folder that it was unpacked to."
)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}\.json")


class Slack:
    """The messages of one or more workspaces, channel after channel, day after day."""

    def __init__(self, *, path: str | list[str]) -> None:
        self.path = path

    def messages(self, funnel: Funnel) -> Iterator[Message]:
        """Every message, service messages too; each call reads the files anew. Raises: DataError."""
        ledger = Ledger(ADVICE)
        days, lists = self._files()
        workspaces = {root: Workspace(lists[root], ledger) for root in {root for root, _ in days}}
        for (root, folder), files in days.items():
            reader = SlackReader(workspaces[root].channel(folder), workspaces[root], ledger)
            for file in files:
                ledger.place = file.label
                with file.open() as raw:
                    for fields in elements_of(JsonStream(raw, file.label, file.advice)):
                        message = reader.message(fields)
                        if message is not None:
                            yield ledger.keep(message)
        ledger.report(funnel, str(self.path))
        for note in (note for workspace in workspaces.values() for note in workspace.notes()):
            funnel.note(f"source: {note}")

    def owner_ids(self) -> frozenset[str]:
        """Empty: a workspace is exported for all of its people."""
        return frozenset()

    def fingerprint(self) -> Mapping[str, str]:
        """File name -> sha256 of each input file. Raises: DataError."""
        days, lists = self._files()
        roots = {root for root, _ in days}
        used = [file for root in sorted(roots) for file in lists[root].values()]
        every_day = [file for files in days.values() for file in files]
        # The folder of a day is the name of the channel.
        return fingerprint([*used, *every_day], lambda file: file.place if DAY.fullmatch(file.name) else file.name)

    def _files(self) -> tuple[dict[tuple[str, str], list[File]], dict[str, dict[str, File]]]:
        """(root, folder of a channel) -> its days; root -> name -> the lists of people and channels."""
        days: defaultdict[tuple[str, str], list[File]] = defaultdict(list)
        lists: defaultdict[str, dict[str, File]] = defaultdict(dict)
        for file in Files(self.path, ADVICE).matching("*.json"):
            place = place_of(file)
            if file.name in LISTS:
                lists[place][file.name] = file
            elif DAY.fullmatch(file.name):
                root, _, folder = place.rpartition("/")
                days[root, folder].append(file)
        if not days:
            raise DataError(f"{self.path} is no export of Slack: no YYYY-MM-DD.json lies in it. {ADVICE}")
        return days, lists
