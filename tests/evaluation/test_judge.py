"""A judge whose verdicts are known, behind a local endpoint that speaks real HTTP."""

import socket
from typing import Any

import pytest
import yaml

from doppel.config.build import build
from doppel.config.tree import project_path
from doppel.errors import ConfigError
from doppel.evaluation.judge import Judge
from doppel.evaluation.nouns import Finding
from tests.evaluation.endpoint_fake import Answering, Endpoint, endpoint, failing, replies_of, saying
from tests.evaluation.people_fake import ScriptedSystem, clone, material, models

GIVEN = material(asked=40)


def judge(address: str, **changes: Any) -> Judge:
    node = yaml.safe_load((project_path("conf") / "evaluation" / "judge.yaml").read_text(encoding="utf-8"))["judge"]
    return build({**node, "endpoint": address, "model": "fake", "key_variable": None, "retries": 2, **changes})


def judged(answering: Answering, replies: dict[str, Any], **changes: Any) -> tuple[Any, Endpoint]:
    """What a judge finds who answers so."""
    with endpoint(answering) as there:
        one = judge(there.url, **changes)
        for said in replies.values():
            one.ask(GIVEN, ScriptedSystem(lambda _: 1.0, said))
        return one.judge(GIVEN, replies), there


def values(found: Any) -> dict[str, float]:
    assert isinstance(found, Finding), found
    return {measure.name: measure.values["result"].value for measure in found.measures}


def shouting_is_not_theirs(body: dict[str, Any], _number: int) -> tuple[int, dict[str, str], str]:
    """Takes the reply that does not shout; of two alike neither."""
    shouts = [one.isupper() for one in replies_of(body)]
    return saying("The style tells. [[TIE]]" if shouts[0] == shouts[1] else "[[B]]" if shouts[0] else "[[A]]")


SHOUTED = [("WHAT IS IT NOW !!",)] * len(GIVEN.asked)


def test_the_better_of_two_wins_in_both_orders() -> None:
    found, there = judged(shouting_is_not_theirs, {"result": clone(GIVEN), "base": SHOUTED})
    assert values(found) == {
        "judge_wins_over_real": 0.5, "judge_wins_over_base": 1.0, "judge_order_kappa": 1.0, "judge_takes_first": 0.5
    }  # fmt: skip
    assert found.facts["against"]["base"] == {
        "requests": 80, "ties": 0, "malformed": 0, "unanswered": 0, "judged_pairs": 40, "identical_pairs": 0
    }  # fmt: skip
    assert found.facts["against"]["real"]["ties"] == 80
    assert len(there.judged) == 160
    assert list(found.notes) == []


def test_a_worse_result_loses_by_an_interval_below_a_half() -> None:
    found, _ = judged(shouting_is_not_theirs, {"result": [*SHOUTED[:30], *clone(GIVEN)[30:]]}, against=["real"])
    (wins, *_) = found.measures
    assert wins.values["result"].value == pytest.approx((10 * 0.5) / 40)
    assert 0 <= wins.values["result"].low < wins.values["result"].high < 0.25
    assert wins.is_shown


def test_a_judge_who_likes_the_first_place_is_found_out() -> None:
    found, _ = judged(lambda _body, _number: saying("[[A]]"), {"result": clone(GIVEN)}, against=["real"])
    assert values(found) == {"judge_wins_over_real": 0.5, "judge_order_kappa": 0.0, "judge_takes_first": 1.0}
    assert found.facts["against"]["real"]["judged_pairs"] == 40


def test_both_orders_show_the_same_pair_and_nobody_s_name() -> None:
    _, there = judged(shouting_is_not_theirs, {"result": clone(GIVEN)}, against=["real"], requests_at_once=1, pairs=20)
    first, second = there.judged[:2]
    assert replies_of(first) == tuple(reversed(replies_of(second)))
    for one in there.requests:
        assert "Contact" not in str(one["messages"])
        assert (one["model"], one["temperature"], one["max_tokens"]) == ("fake", 0, 1024)
    assert "CONTACT 1:" in first["messages"][1]["content"]
    assert first["messages"][1]["content"].count("\n- ") >= 30
    trial = there.requests[0]["messages"]
    assert trial == [{"role": "user", "content": "Answer with [[A]] and nothing else."}]


def test_rate_limits_and_faults_are_tried_again() -> None:
    """Every other request is refused first, in turn by a limit and a fault; all are answered in the end."""

    def answering(body: dict[str, Any], number: int) -> tuple[int, dict[str, str], str]:
        return failing(429 if number % 4 else 503) if number % 2 else shouting_is_not_theirs(body, number)

    found, there = judged(answering, {"result": clone(GIVEN), "base": SHOUTED}, against=["base"], requests_at_once=1)
    assert values(found)["judge_wins_over_base"] == 1.0
    assert found.facts["against"]["base"]["unanswered"] == 0
    assert len(there.judged) > 80


def test_what_holds_no_verdict_and_what_is_not_answered_is_left_out_and_counted() -> None:
    def answering(body: dict[str, Any], number: int) -> tuple[int, dict[str, str], str]:
        if number in (1, 2, 3):
            return saying("Both are nice, [[maybe]].")
        if number == 10:
            return 200, {}, '{"choices": []}'
        if number == 21:
            return 200, {}, "{"
        return failing(400) if number in (30, 50) else shouting_is_not_theirs(body, number)

    found, _ = judged(answering, {"result": clone(GIVEN), "base": SHOUTED}, against=["base"], requests_at_once=1)
    counts = found.facts["against"]["base"]
    assert (counts["requests"], counts["malformed"], counts["unanswered"]) == (80, 5, 2)
    assert counts["judged_pairs"] == 40 - 6  # requests 1 and 2 are one pair
    assert values(found)["judge_wins_over_base"] == 1.0
    assert list(found.notes) == [
        "against the base model's replies 5 of 80 answers held no verdict and 2 requests got none: their pairs are "
        "left out"
    ]


def test_an_endpoint_that_goes_down_is_not_asked_for_ever() -> None:
    def answering(body: dict[str, Any], number: int) -> tuple[int, dict[str, str], str]:
        return shouting_is_not_theirs(body, number) if number <= 50 else failing(500)

    replies = {"result": clone(GIVEN), "base": SHOUTED}
    found, there = judged(answering, replies, against=["base"], requests_at_once=1, retries=0)
    assert len(there.judged) == 60
    assert found.facts["against"]["base"]["judged_pairs"] == 25
    assert found.notes[-1] == "the endpoint stopped answering, and was asked no more"
    found, _ = judged(lambda _body, number: failing(500) if number else saying("[[A]]"), replies,
                      against=["base"], retries=0)  # fmt: skip
    assert found == ("0 moments with a verdict in both orders against the base model's replies, at least 20 are needed")


def test_equal_replies_are_ties_that_nobody_is_asked_about() -> None:
    found, there = judged(shouting_is_not_theirs, {"result": GIVEN.real}, against=["real"])
    assert values(found) == {"judge_wins_over_real": 0.5}
    assert there.judged == []
    assert found.facts["against"]["real"]["identical_pairs"] == 40


def test_known_models_stand_where_they_should() -> None:
    """A judge who knows that the person begins with a capital: the clone cannot be told, the lower-cased one loses."""

    def answering(body: dict[str, Any], _number: int) -> tuple[int, dict[str, str], str]:
        capitals = [one[2:3].isupper() for one in replies_of(body)]
        return saying("TIE" if capitals[0] == capitals[1] else "A" if capitals[0] else "**B**")

    said = models(GIVEN)
    rates = {
        name: values(judged(answering, {"result": said[name]}, against=["real"], pairs=20)[0])["judge_wins_over_real"]
        for name in ("clone", "lower")
    }
    assert rates["clone"] == 0.5
    assert rates["lower"] < 0.05


def test_a_key_goes_to_the_endpoint_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY_OF_TESTS", key := "not-to-be-seen")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # a proxy would read what is said to this machine
    found, there = judged(
        shouting_is_not_theirs, {"result": clone(GIVEN)}, against=["real"], key_variable="KEY_OF_TESTS", pairs=20
    )
    assert set(there.keys) == {f"Bearer {key}"}
    assert key not in str(found)


def refusal(answering: Answering, **changes: Any) -> str:
    with endpoint(answering) as there, pytest.raises(ConfigError) as refused:
        judge(there.url, **changes).ask(GIVEN, ScriptedSystem(lambda _: 1.0))
    assert "~evaluation.judge" in str(refused.value)
    assert all(replies_of(one) == ("", "") for one in there.requests)  # nobody's words have been sent
    return str(refused.value)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (failing(401), "refuses the key (401): put the right one into the environment variable SOME_KEY"),
        (failing(404), "has no chat completions for evaluation.judge.model=fake (404)"),
        (failing(400), "refuses the request (400): change evaluation.judge.options="),
        (failing(500), "answers with status 500: try again later"),
        ((200, {"Content-Type": "text/html"}, "<p>hello</p>"), "answers, but not as OpenAI's chat completions do"),
        ((200, {}, '{"hello": 1}'), "answers, but not as OpenAI's chat completions do"),
        ((200, {}, "{"), "answers, but not as OpenAI's chat completions do"),
        ((307, {"Location": "http://127.0.0.1:9/v1"}, ""), "leads elsewhere (307), where nothing is sent"),
    ],
)
def test_an_endpoint_of_another_kind_is_told_before_anything_is_sent(answer: Any, told: str) -> None:
    assert told in refusal(lambda _body, _number: answer, key_variable="SOME_KEY")


def test_an_endpoint_that_is_down_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ConfigError, match=rf"endpoint=http://127.0.0.1:{port}/v1 cannot be reached \(.*refused\)"):
        judge(f"http://127.0.0.1:{port}/v1", retries=0).ask(GIVEN, ScriptedSystem(lambda _: 1.0))


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://api.example.org/v1", "is not this machine: the judge would be sent contexts and replies, other"),
        ("http://localhost.example.org/v1", "is not this machine"),
        ("http://0.0.0.0:80/v1", "is not this machine"),
        ("http://someone:secret@127.0.0.1/v1", "holds a key or a query, which would be written into evaluation.json"),
        ("http://127.0.0.1/v1?key=secret", "holds a key or a query"),
        ("127.0.0.1:8080", "is no address: type evaluation.judge.endpoint=http://127.0.0.1:PORT/v1"),
        ("http://127.0.0.1:99999/v1", "is no address"),
        ("ftp://127.0.0.1/v1", "is no address"),
    ],
)
def test_an_address_that_may_not_be_asked_is_refused(address: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        judge(address)
    assert told in str(refused.value)
    assert "secret" not in str(refused.value)


def test_what_leaves_the_machine_is_said_and_only_then() -> None:
    assert judge("http://127.0.0.1:8080/v1").notice is None
    notice = judge("https://api.example.org/v1", sends_text_away=True).notice
    assert notice is not None
    assert "other people's words too, are sent to https://api.example.org/v1" in notice


def test_without_its_library_it_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match=r'pip install "doppel\[judge\]"'):
        judge("http://127.0.0.1:8080/v1")
