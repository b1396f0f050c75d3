import re

from doppel.evaluation.nouns import REAL, RESULT
from doppel.evaluation.page import Example, page, plot, written


def measure(**changes) -> dict:
    values = {RESULT: {"value": 2.0, "low": 1.5, "high": 2.5}, REAL: {"value": 1.0, "low": None, "high": None}}
    band = {"value": 0.5, "low": 0.0, "high": 1.0}
    given = {"name": "told_from_real_auc", "values": values, "unit": "nats", "better": "lower", "says": "what <b> is",
             "of": "", "band": band, "is_shown": True}  # fmt: skip
    return given | changes


def content(**changes) -> dict:
    given = {
        "run": "NAME", "persona": "Никита <script>", "part": "test", "held_out_replies": 1200, "scored_replies": 500,
        "generated_replies": 150, "model": {"source": "smollm2"}, "kept_step": 40, "doppel": "0.1", "seconds": 12.3,
        "config": {"seed": 0}, "gate": {"shareable": False, "because": ["it copies"]},
        "metrics": {"style": {"measures": {"m": measure(), "c": measure(of="to contact 1")}, "notes": ["a note"]}},
        "left_out": {"preference": "10 held-out replies, at least 20 are needed"},
    }  # fmt: skip
    return given | changes


def test_the_page_tells_all_and_fetches_nothing() -> None:
    html = page(content(), [])
    for text in (
        "Adapter shareable: no",
        "it copies",
        "a note",
        "Preference is left out: 10 held-out replies",
        "Told from real AUC to contact 1",
        "2.00 [1.50, 2.50]",
        "1,200",
        "scheme: dark",
    ):
        assert text in html
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert not re.search(r"(?:src|href)=|https?://|@import", html)
    assert "Some moments" not in html


def test_examples_are_shown_when_they_are_given() -> None:
    html = page(content(), [Example([("Anna", ("hi", "<you>"))], {REAL: ("real",), RESULT: ("made",)})])
    for text in ("Some moments", "Anna", "hi\n&lt;you&gt;", "real", "made"):
        assert text in html


def test_without_a_gate_and_metrics() -> None:
    assert "shareable" not in page(content(gate=None, metrics={}), [])


def test_a_plot_holds_all_of_its_values() -> None:
    drawn = plot(measure())
    assert drawn.band is not None
    assert drawn.band[0] == 0
    rows = {row.system: row for row in drawn.rows}
    assert rows[RESULT].start is not None
    assert rows[RESULT].width is not None
    assert 0 < rows[REAL].at < rows[RESULT].start < rows[RESULT].at < rows[RESULT].start + rows[RESULT].width < 100


def test_numbers_are_short() -> None:
    assert written(None) == ""
    assert written({"value": 0.01234, "low": None, "high": None}) == "0.012"
    assert written({"value": 12345.6, "low": -1.0, "high": 0.0}) == "12,346 [-1.00, 0.00]"
