"""The people of the demo export. All of them are invented."""

from __future__ import annotations

from dataclasses import dataclass

Hours = tuple[float, float]  # local time; above 24 is the night after


@dataclass(frozen=True)
class Person:
    """Somebody who writes."""

    user_id: int
    first_name: str
    last_name: str
    pet_name: str  # what Nell calls them
    hours: Hours  # when they begin to talk to Nell
    reply_seconds: float  # the middle of their reply delays
    seconds_per_letter: float
    works_weekends: bool = True

    @property
    def full_name(self) -> str:
        """First and last name, as Telegram writes `from`."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class Group:
    """A private group."""

    chat_id: int
    title: str
    hours: Hours


OWNER = "nell"
PEOPLE = {
    "nell": Person(700100142, "Nell", "Tarrow", "", (14, 30), 45, 0.13),
    "mum": Person(700100201, "Mum", "", "mum", (15, 21), 90, 0.35),
    "jess": Person(700100318, "Jess", "Okafor", "jess", (17, 23.5), 25, 0.16),
    "bram": Person(700100456, "Bram", "Visser", "bram", (15, 21), 60, 0.25),
    "pettigrew": Person(700100577, "Mr Pettigrew", "", "mr p", (14, 17.5), 240, 0.4, works_weekends=False),
    "danny": Person(700100689, "Danny", "Tarrow", "danny", (17, 26), 20, 0.12),
    "ines": Person(700100733, "Ines", "Calder", "doc", (14.5, 19), 110, 0.22, works_weekends=False),
    "bot": Person(700900001, "Skerrow Tides", "", "", (18, 22), 1, 0.0),
}
GROUPS = {
    "group": Group(4500142, "Thursday Film Club", (18, 22)),
    "watch": Group(
        4500377, "Harbour Watch", (15, 20)
    ),  # exported as Telegram does by default: one's own messages alone
}


def chat_hours(chat: str) -> Hours:
    """When talk in a chat begins: `chat` is a key of PEOPLE or GROUPS, or "saved"."""
    if chat in GROUPS:
        return GROUPS[chat].hours
    return PEOPLE[OWNER if chat == "saved" else chat].hours


def reply_seconds(who: str, hour: int) -> float:
    """The middle of a person's reply delays; Nell is quickest alone on the night shift."""
    is_on_shift = hour >= 20 or hour < 6
    return PEOPLE[who].reply_seconds * (0.5 if who == OWNER and is_on_shift else 1.0)
