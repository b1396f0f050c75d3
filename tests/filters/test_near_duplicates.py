"""Long texts that are nearly the same."""

from doppel.filters.near_duplicates import NearDuplicates
from tests.filters.asking import counted, left, said

TEXT = (
    "Друзья, приглашаю всех на день рождения в субботу в семь вечера, адрес прежний, подарков не надо, "
    "приносите хорошее настроение и что-нибудь вкусное к чаю, будем очень рады видеть каждого из вас"
)
OTHER = (
    "The train leaves at nine from the second platform, so be there ten minutes early and bring the tickets, "
    "because last time we nearly missed it and had to run through the whole station with our suitcases"
)


def rule(*, max_remembered: int = 100, min_likeness: float = 0.8) -> NearDuplicates:
    return NearDuplicates(min_chars=100, min_likeness=min_likeness, max_remembered=max_remembered)


def test_small_changes_are_seen_whoever_makes_them() -> None:
    changed = said(TEXT.replace("в семь", "в ВОСЕМЬ") + "!", sender_id="user3")
    kept, funnel = left({"near_duplicates": rule()}, said(TEXT), said(OTHER), changed, said(TEXT))
    assert kept == [said(TEXT), said(OTHER)]
    assert counted(funnel) == {"near_duplicates": (2, 2)}
    assert funnel.notes == []


def test_short_texts_and_halves_are_other_texts() -> None:
    messages = [said(TEXT[:99]), said(TEXT[:99]), said(TEXT), said(TEXT[:100] + OTHER)]
    assert left({"near_duplicates": rule()}, *messages)[0] == messages


def test_the_oldest_are_forgotten_and_that_is_told() -> None:
    texts = [said(f"{number} " * 60) for number in (1234, 5678, 9012)]
    kept, funnel = left({"near_duplicates": rule(max_remembered=2)}, *texts, texts[0], texts[2])
    assert kept == [*texts, texts[0]]
    assert funnel.notes == [
        "filters.near_duplicates: of 4 long texts each was compared with the 2 before it; to compare with more, raise "
        "filters.near_duplicates.max_remembered (3 KB of memory each)."
    ]


def test_hardly_any_difference_allowed() -> None:
    strict = rule(min_likeness=0.99)
    assert strict(said(TEXT)) == said(TEXT)
    assert strict(said(TEXT.upper())) is None
    assert strict(said(TEXT[:-20])) == said(TEXT[:-20])
