from doppel.config.nearest import nearest


def test_a_slip_is_recognised_and_another_word_is_not() -> None:
    assert nearest("tiny_casual", ["tiny_causal", "tiny_seq2seq"]) == ", did you mean tiny_causal?"
    assert nearest("mistral", ["tiny_causal", "tiny_seq2seq"]) == ""
