"""What became of every session, and of every message in it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from doppel.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doppel.types import Funnel, Session


class Tally:
    """Counts. A message that several samples have is counted once."""

    def __init__(self, min_turns: int, unused: str) -> None:
        self.min_turns = min_turns
        self.unused_why = unused
        self.kept_sessions = self.unlearnt_sessions = self.short_sessions = 0
        self.refused_sessions: Counter[str] = Counter()  # why -> how many
        self.kept_messages = self.wordless = self.left_out = self.unused = 0

    def count(self, session: Session, with_words: int, *, made: int, used: int, is_short: bool) -> None:
        """Adds a session of which `made` samples came out, with `used` messages in them."""
        self.wordless += len(session.messages) - with_words
        if made:
            self.kept_sessions += 1
            self.kept_messages += used
            self.unused += with_words - used
            return
        self.short_sessions += is_short
        self.unlearnt_sessions += not is_short
        self.left_out += with_words

    def leave_out(self, session: Session, with_words: int, why: str) -> None:
        """Adds a session of which no sample is made."""
        self.wordless += len(session.messages) - with_words
        self.left_out += with_words
        self.refused_sessions[why] += 1

    def report(self, funnel: Funnel) -> None:
        """Adds a line on messages and a line on sessions."""
        reasons = {
            "in sessions left out": self.left_out,
            self.unused_why: self.unused,
            "without words": self.wordless,
        }
        dropped = sum(reasons.values())
        funnel.add("samples", kept=self.kept_messages, dropped=dropped, unit="messages", why=_words(reasons))
        reasons = {
            "in which nothing is learnt": self.unlearnt_sessions,
            f"of fewer than {self.min_turns} turns": self.short_sessions,
        } | self.refused_sessions
        dropped = sum(reasons.values())
        funnel.add("samples", kept=self.kept_sessions, dropped=dropped, unit="sessions", why=_words(reasons))


def _words(reasons: Mapping[str, int]) -> str:
    return "; ".join(f"{count:,} {reason}" for reason, count in reasons.items() if count)


def nothing_learnt(who: str, funnel: Funnel) -> DataError:
    """The error where no sample is left: it tells what was left out, stage by stage."""
    lines = [f"There is nothing to learn: no conversation holds an answer of {who}."]
    for line in funnel.counts:
        why = f" ({line.why})" if line.dropped and line.why else ""
        lines.append(f"{line.stage}: {line.kept:,} {line.unit} kept, {line.dropped:,} dropped{why}")
    return DataError(
        "\n  ".join([*lines, *funnel.notes])
        + _heaviest_filter(funnel)
        + "\nAccepted is an export in which the persona answers someone. See above what was left out and why, choose "
        "someone else with persona=ID, or learn openings too: samples=dialogue samples.learn_openings=true "
        "samples.min_turns=1"
    )


def _heaviest_filter(funnel: Funnel) -> str:
    """Which rule to look at first; "" where the rules left out less than they kept."""
    rules = [line for line in funnel.counts if line.stage.startswith("filters.")]
    if not rules or (heaviest := max(rules, key=lambda line: line.dropped)).dropped <= rules[-1].kept:
        return ""
    stage = heaviest.stage
    return f"\nMost was left out by {stage}, {heaviest.dropped:,} messages: change its values, or drop it with ~{stage}"
