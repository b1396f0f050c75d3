import random

import pytest

from doppel.errors import ConfigError
from doppel.markup.shield import Shield


def test_a_space_breaks_a_marker_and_one_more_what_was_broken_before():
    shield = Shield(["<|im_end|>", "<|im_start|>"])
    assert shield("a<|im_end|>< |im_end|><|im_start|>") == "a< |im_end|><  |im_end|>< |im_start|>"


def test_lowering_gives_the_text_back(nasty):
    shield = Shield(["<|im_end|>", "<|im_start|>", "[/INST]", "</s>"])
    for text in (*nasty, "".join(nasty)):
        assert shield.lower(shield(text)) == text


def test_random_texts_come_back_and_hold_no_marker():
    draw = random.Random(0)
    shield = Shield(["<|e|>", "<|s|>"])
    for _ in range(3000):
        text = "".join(draw.choices(["<", "|", "e", "s", ">", " ", "<|e|>", "<|s|>"], k=draw.randint(1, 12)))
        assert "<|e|>" not in shield(text)
        assert "<|s|>" not in shield(text)
        assert shield.lower(shield(text)) == text


@pytest.mark.parametrize("marker", ["", "x", " <end>", "a\nb"])
def test_a_marker_that_looks_like_words_is_refused(marker):
    with pytest.raises(ConfigError, match="a marker of the markup is"):
        Shield([marker])
