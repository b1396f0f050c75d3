from doppel.evaluation.overlap import Overlaps

TEXTS = [("the sea was calm that day, and we sailed", "ok"), ("We saw a gull by the sea",)]


def test_the_longest_run_of_words_whatever_the_case_and_signs() -> None:
    said = ("And the SEA, was calm -- that night", "we saw a gull")
    found = Overlaps([said, ("hm ok",)], TEXTS)
    assert found.longest(said) == 5
    assert found.longest(("hm ok",)) == 0  # two words are everybody's
    assert found.longest(()) == 0


def test_runs_do_not_cross_messages() -> None:
    said = ("that day and we sailed we saw a gull",)
    assert Overlaps([said], TEXTS).longest(said) == 5


def test_whole_messages() -> None:
    said = ("we saw a gull, by the sea!", "ok", "the sea was calm", "something else is here")
    assert Overlaps([said], TEXTS).whole(said, 4) == [True, False, False]


def test_it_is_what_a_search_by_hand_finds() -> None:
    from random import Random

    draw = Random(0)
    texts = [(" ".join(draw.choices("abcd", k=draw.randint(1, 12))),) for _ in range(40)]
    for _ in range(40):
        words = draw.choices("abcd", k=9)
        said = (" ".join(words),)
        runs = [words[at : at + size] for size in range(3, 10) for at in range(9 - size + 1)]
        longest = max(
            (len(run) for run in runs if any(f" {' '.join(run)} " in f" {text} " for (text,) in texts)), default=0
        )
        assert Overlaps([said], texts).longest(said) == longest
