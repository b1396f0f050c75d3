"""A conversation typed, piped and on a real terminal."""

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from io import StringIO
from itertools import count
from pathlib import Path

import pexpect
import pytest
from rich.console import Console

from doppel.engine.cast import Known
from doppel.engine.more import More
from doppel.engine.terminal import Terminal
from doppel.errors import DataError, ModelError, RunError
from tests.engine.talking_fake import AT_ONCE, PEOPLE, parse, shout

SCRIPT = Path(__file__).with_name("talking_fake.py")
NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)


def chat(*lines, stream=shout, speaker=None, me=None, people=PEOPLE, timing=AT_ONCE, **more):
    """What is shown for these typed lines after the greeting, without the goodbye; and the terminal."""
    out = StringIO()
    typed = iter(lines)

    def read(prompt):
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    console = Console(file=out, width=80)
    options = {"speaker": speaker, "me": me, "seed": 1, "console": console, "read": read, **more}
    terminal = Terminal(stream, parse, people, timing, **options)
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


class Slow:
    def answers(self, messages):
        return messages != ("silly",)

    def reply_seconds(self):
        return 5.0

    def pause_seconds(self):
        return 2.0


def test_the_persona_takes_its_time():
    slept = []
    shown, _ = chat("hi", timing=Slow(), sleep=slept.append)
    assert shown == ["Ada: HI!", "Ada: Stranger>Ada turns=1 seed=1"]
    assert slept == [5.0, 2.0]


def test_what_the_persona_would_leave_is_left():
    shown, _ = chat("silly", "hi", timing=Slow(), sleep=lambda _: None)
    assert shown == ["(Ada leaves that unanswered)", "Ada: SILLY!", "Ada: HI!", "Ada: Stranger>Ada turns=1 seed=1"]


def test_ctrl_c_while_it_takes_its_time_ends_the_answer():
    def interrupted(_seconds):
        raise KeyboardInterrupt

    shown, terminal = chat("hi", timing=Slow(), sleep=interrupted)
    assert shown == ["(stopped)"]
    assert len(terminal.conversation.turns) == 1


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


def test_of_several_personas_the_first_answers_and_all_are_personas():
    both = [Known("u2", "Bob", 4, is_persona=True), Known("u1", "Ada", 9, is_persona=True), Known("u3", "Cat", 3)]
    shown, terminal = chat("/people", "hi", "/as Ada", "hey", people=both)
    assert shown[:3] == [
        "Bob (the persona): 4 messages, id u2",
        "Ada (the persona): 9 messages, id u1",
        "Cat: 3 messages, id u3",
    ]
    assert [(turn.speaker_name, turn.is_persona) for turn in terminal.conversation.turns] == [
        ("Stranger", False),
        ("Bob", True),
        ("Stranger", False),
        ("Ada", True),
    ]
    assert chat("/help", people=both)[0][0] == "/as NAME   who the model speaks as: Bob, Ada, or anyone else it knows"


def told(*lines, **more):
    """The asides of a chat in which each look at the clock takes a minute; and what the model saw of them."""
    minutes, seen = count(), []

    def asides(before, speaker_id, now, present):
        silence = now - before[-1].ended_at if before else None
        apart = "opens" if silence is None else f"{silence.seconds // 60} min"
        return f"{speaker_id} {now:%H:%M} {apart} of {' '.join(present)}"

    def stream(turns, speaker, *, seed):
        seen.append([turn.aside for turn in (*turns, speaker)])
        yield f"seed {seed}"

    def clock():
        return NOON + timedelta(minutes=next(minutes))

    terminal = chat(*lines, stream=stream, asides=asides, clock=clock, **more)[1]
    return [turn.aside for turn in terminal.conversation.turns], seen


def test_every_turn_is_told_its_situation_when_it_begins():
    # Each burst looks at the clock with its first line and when it is over; each answer before and after.
    kept, seen = told("hi\\", "there", "you")
    assert kept == [
        "stranger 12:00 opens of stranger u1",
        "u1 12:02 1 min of stranger u1",
        "stranger 12:04 1 min of stranger u1",
        "u1 12:06 1 min of stranger u1",
    ]
    assert seen == [kept[:2], kept]


def test_what_is_taken_back_takes_its_time_along():
    kept, seen = told("hi", "you", "/undo", "hey", "/retry")
    assert seen[2] == [*seen[0], "stranger 12:09 6 min of stranger u1", "u1 12:11 1 min of stranger u1"]
    assert kept == [*seen[2][:3], "u1 12:14 4 min of stranger u1"]
    assert seen[3] == kept
    assert told("hi", "/clear", "you")[0][0] == "stranger 12:05 opens of stranger u1"


def test_others_who_take_part_are_told_too():
    kept, _ = told("hi", "/me Zoe", "/as Cat", "you")
    assert kept[2:] == [
        "stranger:Zoe 12:06 3 min of stranger:Zoe u3",
        "u3 12:08 1 min of stranger:Zoe u3",
    ]


def test_a_burst_that_goes_on_keeps_what_was_told_when_it_began():
    def silent(before, speaker_id, now, present):
        return f"{len(before)}"

    shown, terminal = chat("hi", "you", stream=lambda *_, seed: (word for word in ()), asides=silent)
    assert shown == ["(Ada says nothing)"] * 2
    assert [(turn.messages, turn.aside) for turn in terminal.conversation.turns] == [(("hi", "you"), "0")]


def test_without_asides_nothing_is_told():
    assert [turn.aside for turn in chat("hi")[1].conversation.turns] == [None, None]


def test_help_names_every_command():
    shown, terminal = chat("/help")
    named = {line.split()[0][1:] for line in shown if line.startswith("/")}
    assert named | {"help"} == set(terminal.commands)


def test_commands_of_others_are_obeyed_named_and_never_end_the_talk():
    def fault(rest, who):
        raise RunError("the notes are damaged")

    more = {
        "sing": More("/sing     sings", lambda rest, who: f"la {rest} {who.name}"),
        "bad": More("/bad      fails", fault),
    }
    shown, _ = chat("/sing la", "/sinf", "/bad", "/help", me="Bob", more=more)
    assert shown[0] == "la la Bob"
    assert shown[1].startswith("There is no command /sinf. Did you mean /sing?")
    assert shown[2] == "the notes are damaged"
    assert shown[shown.index("/clear     forget the conversation") + 1 :][:2] == ["/sing     sings", "/bad      fails"]


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
