"""One game as the page plays it: what a judge sees next, what they chose, and how it stands."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import msgspec

from doppel.arena.nouns import Guess
from doppel.arena.order import order_of
from doppel.arena.score import summary, verdict

if TYPE_CHECKING:
    from doppel.arena.nouns import Choice, Side
    from doppel.arena.store import Store


class Game:
    """A game of a store. Safe to call from several threads."""

    def __init__(self, store: Store, game_id: int) -> None:
        self._store, self._id = store, game_id
        self._lock = threading.Lock()
        self._about, self._pairs = store.game(game_id)

    def about(self) -> dict[str, Any]:
        """What is asked, without what a blind judge may not know."""
        return {
            "persona": self._about.persona,
            "is_about_real": self._about.is_about_real,
            "moments": len(self._pairs),
        }

    def judge(self, name: str, most: int) -> str | None:
        """The judge of that name as they wrote it first; None for one more than may guess."""
        known = list(dict.fromkeys(one.judge for one in self._guesses()))
        found = next((one for one in known if one.casefold() == name.casefold()), None)
        return found or (name if len(known) < most else None)

    def moment(self, judge: str) -> dict[str, Any]:
        """The next moment of a judge, with no word of which reply is whose; where all are done, only that they are."""
        done = {one.place for one in self._guesses() if one.judge == judge}
        state: dict[str, Any] = {"judge": judge, "done": len(done), "moments": len(self._pairs)}
        for place, is_first_left in order_of(judge, len(self._pairs), self._about.seed):
            if place not in done:
                pair = self._pairs[place]
                left, right = (pair.first, pair.second) if is_first_left else (pair.second, pair.first)
                context = msgspec.to_builtins(pair.context)
                return {**state, "place": place, "context": context, "left": list(left), "right": list(right)}
        return {**state, "place": None}

    def guess(self, judge: str, place: int, side: Side | None, seconds: float) -> bool:
        """Stores a guess; None: no difference. False where there is no such moment, or no such answer to it."""
        if not 0 <= place < len(self._pairs) or (side is None and self._about.is_about_real):
            return False
        is_first_left = dict(order_of(judge, len(self._pairs), self._about.seed))[place]
        choice: Choice = "same" if side is None else "first" if (side == "left") == is_first_left else "second"
        with self._lock:  # a second guess at the same moment changes nothing
            self._store.guess(self._id, Guess(place, judge, choice, is_first_left, round(seconds, 1)))
        return True

    def results(self) -> dict[str, Any]:
        """How it stands. Single guesses stay out: together with the page they would tell which reply is whose."""
        about, seed = self._about, self._about.seed
        guesses = self._guesses()
        found: dict[str, Any] = {
            **msgspec.to_builtins(about),
            "is_about_real": about.is_about_real,
            "moments": len(self._pairs),
            "overall": None,
            "verdict": "nobody has guessed yet",
            "judges": {},
        }
        if guesses:
            overall = summary(guesses, seed)
            of = {name: [one for one in guesses if one.judge == name] for name in {one.judge for one in guesses}}
            found["judges"] = {name: summary(own, seed) for name, own in sorted(of.items())}
            found["overall"] = overall
            found["verdict"] = verdict(
                overall["share"], is_about_real=about.is_about_real, run=about.run, rival=about.rival
            )
        return found

    def export(self) -> dict[str, Any]:
        """How it stands, with every guess, and without any text of a chat."""
        return {**self.results(), "all_guesses": [msgspec.to_builtins(one) for one in self._guesses()]}

    def _guesses(self) -> list[Guess]:
        with self._lock:
            return self._store.guesses(self._id)
