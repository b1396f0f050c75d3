"""What others have written to talk to such an API: OpenAI's own client, and schemathesis with all its ideas."""

from collections.abc import Iterator

import openai
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import one_of
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from doppel.commands.answering import Answering
from doppel.engine.cast import Known
from doppel.engine.desk import Desk
from doppel.engine.transformers import TransformersEngine
from tests.drawing import sampling
from tests.engine.engine_fakes import QUESTIONS, learnt
from tests.serving.running import LIMIT_SECONDS, running

PEOPLE = [Known("ada", "Ada", 9, is_persona=True), Known("bob", "Bob", 5)]
GREEDY = sampling(
    do_sample=False,
    temperature=0.8,
    top_p=0.9,
    top_k=0,
    repetition_penalty=1.0,
    min_new_tokens=0,
    max_new_tokens=60,
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A model that knows one dialogue between Bob and Ada by heart."""
    known = learnt("causal")
    desk = Desk(TransformersEngine(known.model, known.tokenizer, known.encoder, batch_size=8), max_waiting=64)
    options = {"run_name": "run", "speaker": None, "partner": "Bob", "seed": 1, "max_new_tokens": 60}
    talker = Answering(desk, PEOPLE, None, GREEDY, **options)
    with running(talker, requests_per_minute=None) as url:
        yield url
    desk.close()


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0, timeout=LIMIT_SECONDS) as one:
        yield one


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_client_gets_the_burst_whole_and_in_a_stream(question: str, client: openai.OpenAI) -> None:
    asked = {"model": "Ada", "messages": [user(question)]}
    whole = client.chat.completions.create(**asked)
    assert whole.choices[0].message.content == "\n".join(QUESTIONS[question])
    assert whole.choices[0].finish_reason == "stop"
    chunks = list(client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}))
    words = [one.choices[0].delta.content or "" for one in chunks if one.choices]
    assert "".join(words) == whole.choices[0].message.content
    assert chunks[-1].usage == whole.usage
    assert whole.usage is not None
    assert whole.usage.completion_tokens == len("\n".join(QUESTIONS[question]).encode()) + 1  # a byte each, and the end


def test_a_reply_goes_back_as_it_came(client: openai.OpenAI) -> None:
    first = client.chat.completions.create(model="run", messages=[user("sure")])
    messages = [user("sure"), first.choices[0].message, user("hey")]
    second = client.chat.completions.create(model="run", messages=messages)
    assert first.usage is not None
    assert second.usage is not None
    assert second.usage.prompt_tokens > first.usage.prompt_tokens + first.usage.completion_tokens


def test_the_client_s_parameters(client: openai.OpenAI) -> None:
    short = client.chat.completions.create(model="Ada", messages=[user("bye")], max_tokens=2)
    assert (short.choices[0].message.content, short.choices[0].finish_reason) == ("ok", "length")
    stopped = client.chat.completions.create(model="Ada:Bob", messages=[user("bye")], stop=["\n"])
    assert (stopped.choices[0].message.content, stopped.choices[0].finish_reason) == ("ok ok ok", "stop")
    drawn = {"temperature": 2.0, "top_p": 1.0, "messages": [user("hey")], "model": "Ada"}
    one, same, other = (client.chat.completions.create(**drawn, seed=seed) for seed in (1, 1, 2))
    assert one.choices[0].message.content == same.choices[0].message.content != other.choices[0].message.content


def test_the_client_s_errors(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="there is no model 'Zoe' here: run, Ada"):
        client.chat.completions.create(model="Zoe", messages=[user("hey")])
    with pytest.raises(openai.NotFoundError, match="there is no model 'Ada:Zoe' here"):
        client.chat.completions.create(model="Ada:Zoe", messages=[user("hey")])
    with pytest.raises(openai.BadRequestError, match="Ada is who answers, and cannot be whom they talk with"):
        client.chat.completions.create(model="Ada", user="Ada", messages=[user("hey")])
    with pytest.raises(openai.BadRequestError, match="'tools' is not supported here"):
        client.chat.completions.create(model="Ada", messages=[user("hey")], tools=[{"type": "function"}])
    assert [one.id for one in client.models.list()] == ["run", "Ada"]


def fuzz(address: str, examples: int) -> set[int]:
    """The statuses of what schemathesis makes of the API's own description, right and wrong; a bad answer raises."""
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
    statuses: set[int] = set()
    strategies = [one.ok().as_strategy(mode) for one in schema.get_all_operations() for mode in GenerationMode]

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=one_of(strategies))
    def send(case: schemathesis.Case) -> None:
        statuses.add(case.call_and_validate(checks=checks, timeout=LIMIT_SECONDS).status_code)

    send()
    return statuses


def test_schemathesis_finds_no_fault_of_the_server(address: str) -> None:
    assert {200, 400, 404} <= fuzz(address, 60) <= {200, 400, 404, 405}


@pytest.mark.slow
def test_schemathesis_finds_none_in_many_tries(address: str) -> None:
    assert {200, 400, 404} <= fuzz(address, 3000) <= {200, 400, 404, 405}
