"""The same exchanges in a wide and in a narrow terminal, and as Markdown."""

from io import StringIO

from rich.console import Console

from doppel.engine.compare import Exchange, as_markdown, side_by_side
from tests.engine.engine_fakes import make_turn

ADA = make_turn("Ada")
EXCHANGES = (
    Exchange(
        context=(make_turn("Cat", "long ago"), make_turn("Ada", "maybe"), make_turn("Bob", "come on", "fun [really]")),
        speaker=ADA,
        real=("ok ok", "дома \U0001f980"),
        before=("I am\na model", *["the"] * 8),
        after=("ok ok ok", "<3"),
    ),
    Exchange(context=(), speaker=ADA, real=("yo",), before=(), after=("\x1b[31myo",)),
)


def printed(exchanges, width):
    out = StringIO()
    Console(file=out, width=width).print(side_by_side(exchanges))
    return out.getvalue()


def cells(line):
    return [cell.strip() for cell in line.strip("│┃").replace("┃", "│").split("│")]


def test_a_wide_terminal_shows_a_row_per_exchange():
    lines = printed(EXCHANGES, 120).splitlines()
    assert {len(line) for line in lines if "\U0001f980" not in line} == {120}
    rows = [cells(line) for line in lines if line[0] in "│┃"]
    assert rows == [
        ["said", "before training", "after training", "Ada really said"],
        ["Ada: maybe", "I am", "ok ok ok", "ok ok"],
        ["Bob: come on", "a model", "<3", "дома \U0001f980"],
        ["Bob: fun [really]", "the", "", ""],
        *[["", "the", "", ""]] * 4,
        ["", "(3 more)", "", ""],
        ["(nothing)", "(nothing)", "[31myo", "yo"],
    ]


def test_a_narrow_terminal_shows_one_part_below_the_other():
    lines = printed(EXCHANGES, 60).splitlines()
    assert max(len(line) for line in lines) == 60
    assert [line.rstrip() for line in lines[1:10]] == [
        "said",
        "  Ada: maybe",
        "  Bob: come on",
        "  Bob: fun [really]",
        "before training",
        "  I am",
        "    a model",
        "  the",
        "  the",
    ]
    assert lines[0].strip("─") == " 1 of 2 "


def test_a_long_context_shows_its_end():
    burst = Exchange((make_turn("Bob", *"abcdefgh"),), ADA, (), (), ())
    shown = [line.rstrip() for line in printed((burst,), 60).splitlines()]
    assert shown[1:4] == ["said", "  (2 more)", "  Bob: c"]


def test_several_speakers_share_a_column():
    other = Exchange((), make_turn("Bob"), ("hi",), (), ())
    assert cells(printed((*EXCHANGES, other), 120).splitlines()[1])[3] == "real"


def test_nothing_to_compare_prints_nothing():
    assert printed((), 120).strip() == ""
    assert as_markdown(()) == "# Replies before and after training\n"


def test_markdown_has_every_message_whole():
    text = as_markdown(EXCHANGES)
    assert text.count("- the") == 8
    assert text.startswith(
        "# Replies before and after training\n\n## 1\n\n**said**\n\n- Ada: maybe\n- Bob: come on\n"
        "- Bob: fun \\[really\\]\n\n**before training**\n\n- I am  \n  a model\n- the\n"
    )
    assert text.endswith("**after training**\n\n- \\[31myo\n\n**Ada really said**\n\n- yo\n")
