"""What the server has done, in Prometheus' text format: numbers and no names."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doppel.serving.asked import Piece

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counted in the event loop alone, so without locks."""

    def __init__(self) -> None:
        self.started = time.time()
        self.requests: Counter[tuple[str, int]] = Counter()  # (path, status)
        self.abandoned = 0
        self.replies = self.prompt_tokens = self.reply_tokens = self.first_pieces = 0
        self.reply_seconds = self.first_piece_seconds = 0.0

    def first_piece(self, seconds: float) -> None:
        """A reply has begun, so long after it was asked for."""
        self.first_pieces += 1
        self.first_piece_seconds += seconds

    def reply(self, last: Piece, seconds: float) -> None:
        """A reply has ended."""
        self.replies += 1
        self.reply_seconds += seconds
        self.prompt_tokens += last.prompt_tokens
        self.reply_tokens += last.tokens

    def text(self, running: int, waiting: int) -> str:
        """All of them."""
        by_status = [
            f'doppel_requests_total{{path="{path}",status="{status}"}} {count}'
            for (path, status), count in sorted(self.requests.items())
        ]
        lines = ["# HELP doppel_requests_total Requests by path and status.", "# TYPE doppel_requests_total counter"]
        lines += by_status
        for name, kind, value, help_text in self._single(running, waiting):
            lines += [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}", f"{name} {value}"]
        return "\n".join(lines) + "\n"

    def _single(self, running: int, waiting: int) -> tuple[tuple[str, str, float, str], ...]:
        return (
            ("doppel_replies_total", "counter", self.replies, "Replies that came to their end."),
            ("doppel_abandoned_total", "counter", self.abandoned, "Replies whose client left, or that failed."),
            ("doppel_prompt_tokens_total", "counter", self.prompt_tokens, "Tokens read."),
            ("doppel_reply_tokens_total", "counter", self.reply_tokens, "Tokens written."),
            ("doppel_reply_seconds_total", "counter", self.reply_seconds, "From request to end, of all replies."),
            ("doppel_first_pieces_total", "counter", self.first_pieces, "Replies that have begun."),
            ("doppel_first_piece_seconds_total", "counter", self.first_piece_seconds, "From request to first words."),
            ("doppel_running", "gauge", running, "Requests being answered."),
            ("doppel_waiting", "gauge", waiting, "Requests waiting for their turn."),
            ("doppel_start_time_seconds", "gauge", self.started, "When the server began, in Unix time."),
        )
