"""Bursts appear message by message, whatever the pieces; nothing in them steers the terminal."""

from io import StringIO

import pytest
from rich.console import Console

from doppel.engine.screen import BurstWriter, at_once, harmless


def lines(text):
    return tuple(line for line in text.split("\n") if line)


def prefixed(text):
    """Messages behind `>>> `; other lines go on with the message before."""
    messages = []
    for line in text.split("\n"):
        if line.startswith(">>> "):
            messages.append(line[4:])
        elif messages:
            messages[-1] += "\n" + line
        elif line:
            messages.append(line)
    return tuple(message for message in messages if message)


def written(pieces, parse):
    out = StringIO()
    writer = BurstWriter(Console(file=out, width=40), "Ada", parse, at_once)
    shown = []
    for piece in pieces:
        writer.add(piece)
        shown.append(out.getvalue())
    messages = writer.finish()
    return messages, out.getvalue(), shown


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_any_pieces_give_the_same_lines(size):
    text = ">>> hi there my friend\n>>> ok\n>>> i <3 [you]\nand more\n>>> " + "long " * 20
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    messages, out, _ = written(pieces, prefixed)
    assert messages == ("hi there my friend", "ok", "i <3 [you]\nand more", "long " * 20)
    assert out == "Ada: hi there my friend\nAda: ok\nAda: i <3 [you]\n     and more\nAda: " + "long " * 20 + "\n"


def test_a_message_grows_while_it_is_said():
    _, _, shown = written(["whats up ", "with you", "\nok", "\nbye bye now"], lines)
    assert shown == [
        "Ada: whats up",
        "Ada: whats up with you",
        "Ada: whats up with you",
        "Ada: whats up with you\nAda: ok\nAda: bye bye now",
    ]


def test_nothing_said_shows_nothing():
    assert written([], lines) == ((), "", [])


def test_control_characters_are_left_out():
    assert harmless("a\x1b[31mb\x07\r\tc\nd\x9b") == "a[31mb\tc\nd"
    _, out, _ = written(["\x1b]0;owned\x07 hello [bold]you[/bold]"], lines)
    assert out == "Ada: ]0;owned hello [bold]you[/bold]\n"


def test_messages_but_the_first_are_paused_before_until_it_is_finished():
    out = StringIO()
    paused = []
    writer = BurstWriter(Console(file=out, width=40), "Ada", lines, lambda: paused.append(out.getvalue()))
    writer.add("first message\nsecond message")
    assert paused == ["Ada: first message\n"]
    writer.add("\nthird")
    writer.show_all()
    assert paused[1:] == ["Ada: first message\nAda: second message\n"]
    writer.add("\nlast")
    assert writer.finish() == ("first message", "second message", "third", "last")
    assert len(paused) == 2
