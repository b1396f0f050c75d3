"""A file of its own: the last lines of another test's server come when they come."""

import logging
from typing import Any

from tests.serving.running import Shouting, running
from tests.serving.test_api import CHAT, said, send


def test_nobody_is_logged_and_nothing_that_was_said(caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    with running(Shouting()) as address:  # once it has ended, every line has been written
        send(address, CHAT, said({"role": "user", "content": "my secret"}))
        send(address, "/v1/models/secret")
        send(address, CHAT + "?secret=1", {"model": "secret"})
    ours = [record for record in caplog.records if record.name.startswith(("doppel", "uvicorn", "fastapi"))]
    assert sorted(record.getMessage().rsplit(" ", 2)[0] for record in ours) == [
        "GET other 404",
        f"POST {CHAT} 200",
        f"POST {CHAT} 400",
    ]
    assert "secret" not in caplog.text.lower()
