"""How the page looks: the system's own fonts, as light or dark as the system, wide or as narrow as a phone."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from gradio.themes import Default

if TYPE_CHECKING:
    from collections.abc import Iterable

FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
MONO = ("ui-monospace", "Menlo", "Consolas", "monospace")
HEIGHT = "max(260px, calc(100dvh - 370px))"  # of the conversation: all else stays in view
EMPTY = "Each line is a message of its own: Shift+Enter begins another one of the same burst."

CSS = """
.gradio-container { width: 100% !important; max-width: 1200px !important; margin: auto !important; }
.gradio-container .app { padding: 12px !important; }
#head p { margin: 0; opacity: .75; font-size: .9rem; }
#head h1 { margin: 0; font-size: 1.2rem; }
#status { min-height: 1.4rem; font-size: .9rem; opacity: .8; }
#remembered h4 { margin: .6rem 0 .2rem; font-size: .9rem; }
#remembered li { font-size: .85rem; opacity: .85; overflow-wrap: anywhere; }
.bubble-wrap { padding-top: 34px !important; }
.message-row.bubble { margin: 2px 10px !important; }
.message-row textarea { min-width: min(60vw, 320px); }
.message-buttons { margin: 0 10px 4px !important; opacity: .4; transition: opacity .15s; }
.message-buttons:hover, .message-buttons:focus-within, .message-row:hover + .message-buttons { opacity: 1; }
.message-buttons .icon-button-wrapper { border: none !important; background: none !important; box-shadow: none; }
@media (hover: none) { .message-buttons { opacity: .8; } }
@media (max-width: 640px) {
  .gradio-container { padding: 4px !important; }
  .gradio-container .app { padding: 4px !important; }
  #who { gap: 6px; }
}
"""


def theme() -> Default:
    """Gradio's own, without what it would load from elsewhere."""
    return Default(primary_hue="teal", font=FONTS, font_mono=MONO)


def head(disclosure: str, name: str) -> str:
    """The top of the page: what this is."""
    return f"<h1>{html.escape(name)}</h1><p>{html.escape(disclosure.format(name=name))}</p>"


def status(text: str) -> str:
    """A line on what happens."""
    return html.escape(text) or "&nbsp;"


def lists(sections: Iterable[tuple[str, list[str]]]) -> str:
    """Titles with lines."""
    found = []
    for title, lines in sections:
        items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
        found.append(f"<h4>{html.escape(title)}</h4><ul>{items or '<li>nothing</li>'}</ul>")
    return "".join(found)
