"""The page: what is on it, and which of it is told of what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from doppel.web import look
from doppel.web.events import Events

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from doppel.web.conversations import Conversations
    from doppel.web.gradio import Gradio
    from doppel.web.voice import Voice

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}
CHAT: dict[str, Any] = {
    "render_markdown": False,  # a message is shown as it is: no picture or link of it is ever loaded
    "latex_delimiters": [],
    "allow_tags": False,
    "buttons": [],
    "group_consecutive_messages": False,  # a burst stays a burst
    "layout": "bubble",
    "height": look.HEIGHT,
}


def mounted(app: Any, conversations: Conversations, settings: Gradio, wait_seconds: Callable[[str], float]) -> Any:
    """The application with the page at "/". `wait_seconds`: of an address, until it may write again.

    To be called where the event loop runs already: else Gradio makes one of its own, and never closes it.
    """
    blocks = page(conversations.voices, Events(conversations, settings.disclosure, wait_seconds))
    return gr.mount_gradio_app(
        app,
        blocks,
        "/",
        footer_links=[],
        run_history=False,  # it would keep conversations in the browser
        allowed_paths=[],
        show_error=False,
        max_file_size=0,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=look.theme(),
        css=look.CSS,
    )


def page(voices: Sequence[Voice], events: Events) -> gr.Blocks:
    """What is on it."""
    first = voices[0]
    with gr.Blocks(title="doppel", analytics_enabled=False, fill_height=True, fill_width=True) as blocks:
        head = gr.HTML(padding=False, elem_id="head")
        with gr.Row(elem_id="who"):
            run = gr.Dropdown(
                [voice.run_name for voice in voices],
                value=first.run_name,
                label="Run",
                visible=len(voices) > 1,
                min_width=100,
                elem_id="run",
            )
            speaker = gr.Dropdown(label="Who answers", min_width=100, elem_id="speaker")
            partner = gr.Dropdown(label="Who you are", min_width=100, elem_id="partner")
        with gr.Row():
            chat = gr.Chatbot(**CHAT, editable="all", placeholder=look.EMPTY, elem_id="chat", min_width=280)
            base = gr.Chatbot(
                **CHAT,
                label="Base model, before training",
                feedback_options=[],
                visible=False,
                elem_id="base",
                min_width=280,
            )
        status = gr.HTML(look.status(""), padding=False, elem_id="status")
        with gr.Row(elem_id="write"):
            text = gr.Textbox(
                show_label=False,
                placeholder="A message",
                lines=1,
                max_lines=6,
                scale=8,
                min_width=180,
                container=False,
                autofocus=True,
                elem_id="text",
            )
            send = gr.Button("Send", variant="primary", min_width=70, scale=1)
            stop = gr.Button("Stop", min_width=70, scale=1)
            clear = gr.Button("New", min_width=70, scale=1)
        beside = gr.Checkbox(label="Beside the base model", elem_id="beside", visible=not first.no_base)
        with gr.Accordion("What it was given, and what is noted", open=False):
            remembered = gr.HTML(elem_id="remembered")

        shown = [chat, base, status, remembered]
        chosen = [*shown, speaker, partner, beside, head]
        gr.on([text.submit, send.click], events.say, text, [*shown, text], trigger_mode="multiple", **PRIVATE)
        stop.click(events.stop, None, None, **PRIVATE)
        gr.on([clear.click, chat.clear, base.clear], events.clear, None, shown, **PRIVATE)
        chat.like(events.like, None, shown, **PRIVATE)
        chat.edit(events.edit, None, shown, **PRIVATE)
        beside.input(events.set_beside, beside, shown, **PRIVATE)
        run.input(events.change_run, run, chosen, **PRIVATE)
        speaker.input(events.speak_as, speaker, chosen, **PRIVATE)
        partner.input(events.talk_as, partner, chosen, **PRIVATE)
        blocks.load(events.open, None, chosen, **PRIVATE)
        blocks.unload(events.close)
    return blocks
