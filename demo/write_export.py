"""Write the demo export: `python demo/write_export.py [FILE]`. The same bytes every time."""

from __future__ import annotations

import heapq
import random
import re
import sys
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from export_format import account, chat
from grammar import Dealer, Script, Utterance, read_scripts
from milestones import MILESTONES
from people import OWNER, PEOPLE
from record import Recorder
from timetable import Meeting, Sent, clock, is_free, plan_meetings
from voice import give_voice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

HERE = Path(__file__).resolve().parent
SEED = 142
CHATS = ("mum", "jess", "bram", "danny", "ines", "pettigrew", "group", "watch", "saved", "bot")
OPENED, CLOSED, ALONE_CLOSED = 0.5, 0.4, 0.12  # how often a topic gets a greeting, and a farewell
SECOND_AHOY = re.compile(r"^ahoy+( ahoy)?")


class Storyteller:
    """Tells a meeting: greeting, topic, farewell, each in the speakers' own voices."""

    def __init__(self, scripts: Sequence[Script], dealer: Dealer, rng: random.Random) -> None:
        self.scripts = scripts
        self.dealer = dealer
        self.rng = rng

    def tell(self, meeting: Meeting) -> list[Utterance]:
        """Return what is said at a meeting."""
        script = meeting.script
        said = self._topic(script, meeting.chat)
        is_simple = meeting.chat in PEOPLE and meeting.chat != "bot"
        greets = said[0].who == OWNER and said[0].text.startswith("ahoy")
        if is_simple and not (script.is_alone or greets) and self.rng.random() < OPENED:
            opening = self._frame("opening", meeting)
            said = opening + [replace(u, text=SECOND_AHOY.sub("aye", u.text)) for u in said]
        if is_simple and not script.hours and self.rng.random() < (ALONE_CLOSED if script.is_alone else CLOSED):
            said += self._frame("closing", meeting)
        return give_voice(said, self.rng)

    def _topic(self, script: Script, chat_key: str) -> list[Utterance]:
        name = PEOPLE[chat_key].pet_name if chat_key in PEOPLE else ""
        said = self.dealer.tell(script, name)
        return [replace(u, who=OWNER if u.who == "n" else chat_key if u.who == "t" else u.who) for u in said]

    def _frame(self, role: str, meeting: Meeting) -> list[Utterance]:
        """Return a greeting or a farewell that suits the person and the hour."""
        hour = meeting.starts_at.hour + (24 if meeting.starts_at.hour < 6 else 0)
        fitting = [
            script
            for script in self.scripts
            if script.role == role
            and meeting.chat in script.chats
            and (script.hours is None or script.hours[0] <= hour < script.hours[1])
        ]
        cards = [script for script in fitting for _ in range(script.weight)]
        return self._topic(self.dealer.deal((role, tuple(script.name for script in fitting)), cards), meeting.chat)


def hold_meetings(meetings: Sequence[Meeting], teller: Storyteller, rng: random.Random) -> list[tuple[str, list[Sent]]]:
    """Return (chat, messages) of every meeting in the order of time; one that finds Nell busy waits for another day."""
    queue = [(meeting.starts_at, number, meeting) for number, meeting in enumerate(meetings)]
    heapq.heapify(queue)
    busy_until, last_said = meetings[0].starts_at - timedelta(days=1), dict[str, "datetime"]()
    held: list[tuple[str, list[Sent]]] = []
    while queue:
        starts_at, number, meeting = heapq.heappop(queue)
        if not is_free(meeting, busy_until, last_said):
            later = replace(meeting, starts_at=starts_at + timedelta(days=1, minutes=7))
            heapq.heappush(queue, (later.starts_at, number, later))
            continue
        sent = clock(teller.tell(meeting), starts_at, rng)
        busy_until = last_said[meeting.chat] = sent[-1].sent_at
        held.append((meeting.chat, sent))
    return held


def make_export() -> str:
    """Return the text of result.json."""
    rng = random.Random(SEED)
    scripts, words = read_scripts(HERE / "scripts")
    dealer = Dealer(words, rng)
    meetings = plan_meetings(scripts, dealer, rng)
    held = hold_meetings(meetings, Storyteller(scripts, dealer, rng), rng)
    recorder = Recorder(rng)
    chats: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
    for chat_key, sent in sorted(held + MILESTONES, key=lambda entry: entry[1][0].sent_at):
        chats[chat_key] += recorder.record(sent)
    return account([chat(key, chats[key]) for key in CHATS])


def main(arguments: Sequence[str]) -> None:
    """Write the export beside this file, or to the file named."""
    path = Path(arguments[0]) if arguments else HERE / "result.json"
    path.write_text(make_export(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
