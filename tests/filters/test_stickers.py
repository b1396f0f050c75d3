"""Stickers as the emoji they stand for."""

from tests.filters.asking import HI, counted, left, rule, said


def test_a_sticker_becomes_its_emoji_unless_it_has_words() -> None:
    sticker = said("", sticker_emoji="\U0001f642", media="sticker")
    captioned = said("words", sticker_emoji="\U0001f642", media="sticker")
    nameless = said("", sticker_emoji="", media="sticker")
    kept, funnel = left({"stickers": rule("stickers")}, sticker, captioned, nameless, HI)
    assert kept == [said("\U0001f642", sticker_emoji="\U0001f642", media="sticker"), captioned, nameless, HI]
    assert counted(funnel) == {"stickers": (4, 0)}
    assert funnel.tallies == {"filters.stickers": {"stickers": 1}}
