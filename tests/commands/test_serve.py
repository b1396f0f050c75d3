"""`doppel serve` as a process: OpenAI's client talks to a finished run, and signals end it well."""

import contextlib
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from safetensors.torch import load_file, save_file

from tests.driving import LIMIT_SECONDS, end, start

Refused = Callable[..., str]
WORDS = ["serving.port=0", "generation.max_new_tokens=8"]
HELLO: Any = [{"role": "user", "content": "sea gull\nhow is the boat?"}]


@contextlib.contextmanager
def served(run: Path, cwd: Path, *words: object) -> Iterator[tuple[subprocess.Popen[str], openai.OpenAI]]:
    """A server of the run, once it is ready, and a client."""
    runs = [word for word in words if isinstance(word, Path)]
    with start(["serve", run, *runs, *WORDS, *(word for word in words if word not in runs)], cwd) as process:
        watchdog = threading.Timer(LIMIT_SECONDS, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            ready = next((line for line in process.stdout if line.startswith("ready at ")), "")
            address = ready.removeprefix("ready at ").partition(",")[0]
            with openai.OpenAI(base_url=address, api_key="none", max_retries=0, timeout=LIMIT_SECONDS) as client:
                yield process, client
        finally:
            watchdog.cancel()
            process.kill()


def test_a_client_talks_to_a_run_and_ctrl_c_ends_it(finished_run: Path, tmp_path: Path) -> None:
    with served(finished_run, tmp_path) as (process, client):
        assert [one.id for one in client.models.list()] == [finished_run.name, "Никита"]
        asked: Any = {"model": "Никита", "messages": HELLO, "seed": 1}
        whole = client.chat.completions.create(**asked)
        assert whole.usage is not None
        assert whole.usage.completion_tokens <= 8
        chunks = list(client.chat.completions.create(**asked, stream=True))
        assert "".join(one.choices[0].delta.content or "" for one in chunks) == whole.choices[0].message.content
        process.send_signal(signal.SIGINT)
        status, _, told = end(process)
    assert status == 0
    assert [" ".join(line.split()[2:6]) for line in told.splitlines() if " INFO " in line] == [
        "INFO GET /v1/models 200",
        "INFO POST /v1/chat/completions 200",
        "INFO POST /v1/chat/completions 200",
    ]
    assert list(tmp_path.iterdir()) == []  # nothing is written


def test_several_runs_share_a_base_and_each_says_what_it_says_alone(finished_run: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(finished_run, tmp_path / "other"))
    weights = other / "adapter" / "adapter_model.safetensors"
    save_file({name: 30 * value for name, value in load_file(weights).items()}, weights)
    alone = {}
    for run in (finished_run, other):
        with served(run, tmp_path) as (_, client):
            alone[run.name] = said(client, run.name)
    assert len(set(alone.values())) == 2
    with served(finished_run, tmp_path, other) as (process, client):
        models = [one.id for one in client.models.list()]
        assert models == [finished_run.name, "other", f"{finished_run.name}/Никита", "other/Никита"]
        assert client.models.retrieve("other/Никита").id == "other/Никита"
        for name in (finished_run.name, "other", finished_run.name, "other/Никита"):
            assert said(client, name) == alone[name.partition("/")[0]]
        with pytest.raises(openai.BadRequestError, match="several runs know 'Никита': say"):
            said(client, "Никита")
        with pytest.raises(openai.NotFoundError, match="there is no model 'nobody' here"):
            said(client, "nobody")
        process.send_signal(signal.SIGINT)
        assert end(process)[0] == 0


def said(client: openai.OpenAI, model: str) -> str | None:
    return client.chat.completions.create(model=model, messages=HELLO, seed=1).choices[0].message.content


@pytest.mark.parametrize("number", [pytest.param(signal.SIGINT, marks=pytest.mark.slow), signal.SIGTERM])
def test_what_is_under_way_is_answered_before_the_end(number: int, finished_run: Path, tmp_path: Path) -> None:
    with served(finished_run, tmp_path, "generation.min_new_tokens=200", "generation.max_new_tokens=200") as (
        process,
        client,
    ):
        asked: Any = {"model": "Никита", "messages": HELLO, "max_tokens": 200}
        stream = iter(client.chat.completions.create(**asked, stream=True))
        next(stream)
        process.send_signal(number)
        assert [one.choices[0].finish_reason for one in stream][-1] in ("stop", "length")
        assert end(process)[0] == 0


@pytest.mark.slow
def test_who_takes_too_long_is_not_waited_for(finished_run: Path, tmp_path: Path) -> None:
    words = ["serving.drain_seconds=1", "generation.min_new_tokens=500", "serving.max_new_tokens=2000"]
    with served(finished_run, tmp_path, *words, "generation.max_new_tokens=1900") as (process, client):
        stream = iter(client.chat.completions.create(model="Никита", messages=HELLO, stream=True))
        next(stream)
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(openai.APIError, OSError):
            list(stream)
        assert end(process)[0] == 0


def test_a_port_in_use_is_told_before_the_model_is_loaded(finished_run: Path, refused: Refused) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = refused("serve", finished_run, f"serving.port={port}")
    assert f"port {port} of 127.0.0.1 is in use by another program: stop it, or type serving.port={port + 1}" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["serving.host=0.0.0.0"], "serving.host=0.0.0.0 can be reached from elsewhere, which needs a key"),
        (["serving.key_file=nothing"], "serving.key_file=nothing cannot be read: No such file"),
        (["serving.prt=1"], "there is no key serving.prt, did you mean serving.port?"),
        (["serving.max_waiting=0"], "serving.max_waiting=0 is refused: it must be greater than 0"),
        (["speaker=Ana", "serving.port=0"], "The model knows nobody called 'Ana'. Did you mean Anna?"),
        (["partner=Никита", "serving.port=0"], "Никита is who answers, and cannot be whom they talk with"),
        (["hydra.run.dir=here"], "Leave it out"),
    ],
)
def test_what_cannot_be_is_told(
    words: list[str], told: str, finished_run: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOPPEL_API_KEY", raising=False)
    assert told in refused("serve", finished_run, *words)


def test_a_run_that_has_nothing_to_serve(finished_run: Path, tmp_path: Path, refused: Refused) -> None:
    assert "doppel serve needs a run first: doppel serve outputs/train/NAME" in refused("serve")
    copied = shutil.copytree(finished_run, tmp_path / "before", ignore=shutil.ignore_patterns("adapter"))
    (copied / "status.json").write_text('{"state": "interrupted"}')
    told = refused("serve", copied, "serving.port=0")
    assert f"has nothing to talk to yet: it is interrupted. Type doppel train resume={copied}" in told


def test_an_adapter_of_another_base_is_told(finished_run: Path, tmp_path: Path, refused: Refused) -> None:
    copied = shutil.copytree(finished_run, tmp_path / "other")
    config = (copied / "config.yaml").read_text(encoding="utf-8")
    (copied / "config.yaml").write_text(config.replace("hidden_size: 64", "hidden_size: 32"), encoding="utf-8")
    assert "adapter" in refused("serve", copied, "serving.port=0")


def test_without_its_libraries_it_says_what_to_type(
    finished_run: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doppel.commands.serve.LIBRARIES", ("no_such_library",))
    assert 'needs no_such_library: type pip install "doppel[serve]"' in refused("serve", finished_run)


def test_a_key_is_never_shown(finished_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOPPEL_API_KEY", key := "not-to-be-seen-anywhere")
    with served(finished_run, tmp_path) as (process, client):
        with pytest.raises(openai.AuthenticationError, match="a key is required"):
            client.models.list()
        assert client.with_options(api_key=key).models.list().data
        process.send_signal(signal.SIGTERM)
        status, shown, told = end(process)
    assert status == 0
    assert key not in shown + told
