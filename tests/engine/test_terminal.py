"""A conversation typed, piped and on a real terminal."""

import signal
import subprocess
import sys
from functools import partial
from io import StringIO
from pathlib import Path

import pexpect
import pytest
from rich.console import Console

from doppel.engine.terminal import Terminal
from doppel.errors import DataError, ModelError
from tests.engine.talking_fake import PEOPLE, parse, shout

SCRIPT = Path(__file__).with_name("talking_fake.py")


def chat(*lines, stream=shout, speaker=None, me=None):
    """What is shown for these typed lines after the greeting, without the goodbye; and the terminal."""
    out = StringIO()
    typed = iter(lines)

    def read(prompt):
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    console = Console(file=out, width=80)
    terminal = Terminal(stream, parse, PEOPLE, speaker=speaker, me=me, seed=1, console=console, read=read)
    terminal.talk()
    shown = out.getvalue().splitlines()
    assert shown[-1] == "bye"
    return shown[1:-1], terminal


def test_a_question_and_its_answer_enter_the_conversation():
    shown, terminal = chat("hi", "", "   ", "there")
    assert shown == [
        "Ada: HI!",
        "Ada: Stranger>Ada turns=1 seed=1",
        "Ada: THERE!",
        "Ada: Stranger>Ada turns=3 seed=2",
    ]
    assert [(turn.speaker_id, turn.is_persona, turn.messages) for turn in terminal.conversation.turns] == [
        ("stranger", False, ("hi",)),
        ("u1", True, ("HI!", "Stranger>Ada turns=1 seed=1")),
        ("stranger", False, ("there",)),
        ("u1", True, ("THERE!", "Stranger>Ada turns=3 seed=2")),
    ]


def test_a_backslash_goes_on_with_the_burst():
    shown, terminal = chat("hi\\", "there \\", "you")
    assert shown == ["Ada: HI!", "Ada: THERE!", "Ada: YOU!", "Ada: Stranger>Ada turns=1 seed=1"]
    assert terminal.conversation.turns[0].messages == ("hi", "there", "you")


def test_the_end_of_input_ends_a_burst_and_a_paste_is_one():
    assert chat("hi\\")[0] == ["Ada: HI!", "Ada: Stranger>Ada turns=1 seed=1"]
    assert chat("hi\nyou")[0] == ["Ada: HI!", "Ada: YOU!", "Ada: Stranger>Ada turns=1 seed=1"]


def test_anyone_speaks_with_anyone():
    shown, terminal = chat("/as bob", "/me Ada", "hi")
    assert shown == [
        "The model speaks as Bob.",
        "You are Ada, whom the model knows.",
        "Bob: HI!",
        "Bob: Ada>Bob turns=1 seed=1",
    ]
    assert [turn.is_persona for turn in terminal.conversation.turns] == [True, False]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/as Bobb", "The model knows nobody called 'Bobb'. Did you mean Bob? /people lists who it knows."),
        ("/as", "The model speaks as Ada."),
        ("/me Bobb", "You are Bobb, whom the model does not know. Did you mean Bob?"),
        ("/me", "You are Stranger, whom the model does not know."),
        ("/me ada", "The model speaks as Ada: first let it be someone else with /as NAME."),
        ("/peple", "There is no command /peple. Did you mean /people? /help lists them."),
        ("/xyz", "There is no command /xyz. /help lists them."),
        ("/undo", "There is nothing to take back."),
        ("/retry", "There is nothing to answer yet."),
        ("/clear", "The conversation is forgotten."),
    ],
)
def test_a_command_answers_in_one_line(line, said):
    assert chat(line)[0] == [said]


def test_one_cannot_talk_to_oneself():
    assert chat("/me Bob", "/as Bob")[0][1] == "You are Bob yourself: first be someone else with /me NAME."


def test_people_are_listed_with_the_persona_first():
    assert chat("/people")[0] == [
        "Ada (the persona): 900 messages, id u1",
        "Bob: 40 messages, id u2",
        "Cat: 3 messages, id u3",
    ]


def test_help_names_every_command():
    shown, terminal = chat("/help")
    named = {line.split()[0][1:] for line in shown if line.startswith("/")}
    assert named | {"help"} == set(terminal.commands)


def test_retry_draws_anew_and_undo_takes_back():
    shown, terminal = chat("hi", "/retry", "/undo", "hey")
    assert shown == [
        "Ada: HI!",
        "Ada: Stranger>Ada turns=1 seed=1",
        "Ada: HI!",
        "Ada: Stranger>Ada turns=1 seed=2",
        "Taken back.",
        "Ada: HEY!",
        "Ada: Stranger>Ada turns=1 seed=3",
    ]
    assert len(terminal.conversation.turns) == 2


def test_quit_leaves_and_two_slashes_are_a_message():
    assert chat("//quit", "/quit", "never read")[0] == ["Ada: /QUIT!", "Ada: Stranger>Ada turns=1 seed=1"]


def test_ctrl_c_during_an_answer_keeps_what_was_said():
    closed = []

    def stopped(turns, speaker, *, seed):
        try:
            yield "hello you\n"
            raise KeyboardInterrupt
        finally:
            closed.append(seed)

    shown, terminal = chat("hi", stream=stopped)
    assert shown == ["Ada: hello you", "(stopped)"]
    assert terminal.conversation.turns[-1].messages == ("hello you",)
    assert closed == [1]


def test_saying_nothing_is_told_and_a_fault_does_not_end_the_chat():
    def silent(turns, speaker, *, seed):
        yield from ()
        if seed == 2:
            raise ModelError("no room")

    shown, terminal = chat("hi", "you", stream=silent)
    assert shown == ["(Ada says nothing)", "no room"]
    assert [turn.messages for turn in terminal.conversation.turns] == [("hi", "you")]


def test_who_speaks_is_set_from_outside_too():
    assert chat("hi", speaker="Bob", me="Cat")[0] == ["Bob: HI!", "Bob: Cat>Bob turns=1 seed=1"]
    with pytest.raises(DataError, match="knows nobody called 'Dan'"):
        chat(speaker="Dan")


def test_piped_lines_give_a_whole_transcript():
    done = subprocess.run(
        [sys.executable, SCRIPT], input="hi\\\nyou\n/quit\n", capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines() == [
        "Ada answers; you are Stranger. /help lists what else you can do.",
        "Stranger: hi\\",
        "... you",
        "Ada: HI!",
        "Ada: YOU!",
        "Ada: Stranger>Ada turns=1 seed=1",
        "Stranger: /quit",
        "bye",
        "left",
    ]
    assert done.stderr == ""


def test_on_a_real_terminal_ctrl_c_stops_an_answer_and_ctrl_d_leaves():
    # Whoever runs the tests in the background has SIGINT ignored, and children inherit that.
    child = pexpect.spawn(
        sys.executable,
        [str(SCRIPT)],
        encoding="utf-8",
        timeout=60,
        dimensions=(30, 100),
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    child.expect("Stranger: ")
    child.sendline("hi")
    child.expect("HI!")
    child.expect("seed=1")
    child.expect("Stranger: ")
    child.sendline("count")
    child.expect("number 3")
    child.sendintr()
    child.expect(r"\(stopped\)")
    child.expect("Stranger: ")
    child.send("\x1b[A")  # the line before comes back
    child.expect("count")
    child.send("\x15")
    child.sendeof()
    child.expect("left")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
