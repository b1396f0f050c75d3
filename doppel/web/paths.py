"""What the page asks its server for. All else that Gradio has (uploads, files, proxies, calls by name) is not here."""

from __future__ import annotations

import re

READ = re.compile(
    r"/|/(config|theme\.css|favicon\.ico|manifest\.json)|/(assets|static|svelte)/[\w./-]+"
    r"|/gradio_api/(info|app_id|startup-events|queue/data|heartbeat/\w+)",
    re.ASCII,
)
WRITTEN = ("/gradio_api/queue/join", "/gradio_api/cancel", "/gradio_api/reset")


def is_known(method: str, path: str) -> bool:
    """Whether the page asks for this."""
    if method == "POST":
        return path in WRITTEN
    return method in ("GET", "HEAD") and READ.fullmatch(path) is not None and ".." not in path
