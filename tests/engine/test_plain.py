"""Text that shows as it is."""

import pytest
from markdown_it import MarkdownIt

from doppel.engine.plain import fenced, in_markdown


@pytest.mark.parametrize(
    "text",
    ["*a* _b_ `c` [d](e) <b> ~~f~~ & $g$ | h", "# a", "- a", "+ a", "1. a", "2) a", "12.", "> a", "a \\* b", "![x](y)"],
)
def test_markdown_shows_the_text_itself(text):
    inline = MarkdownIt().parse(in_markdown(text))
    assert [token.type for token in inline] == ["paragraph_open", "inline", "paragraph_close"]
    assert "".join(child.content for child in inline[1].children) == text


@pytest.mark.parametrize("text", ["0.001", "see u at 8", "ok-ok!!", "дома"])
def test_ordinary_words_are_not_escaped(text):
    assert in_markdown(text) == text


def test_a_fence_is_longer_than_what_it_holds():
    assert fenced("a\n```\nb\n") == "````\na\n```\nb\n````"
