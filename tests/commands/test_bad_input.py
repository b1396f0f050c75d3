"""What a user can get wrong: each is told what it is and what to type, ends with status 2 and leaves nothing behind."""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import driving
from tests.driving import OWNER, OWNER_NAME, TINY, chat, doppel, from_export, only_run, text_message, write_export

Refused = Callable[..., str]
AT = 1_700_000_000


def talk_of(*lines: tuple[str, str, str], kind: str = "personal_chat") -> list[dict]:
    messages = [text_message(at, AT + 30 * at, *line) for at, line in enumerate(lines, start=1)]
    return [chat("Anna", 2, messages, kind)]


ME, ANNA = (OWNER, OWNER_NAME), ("user2", "Anna")


def test_a_file_that_is_not_there(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("{}")
    told = refused("train", *TINY, "source=telegram", "source.path=reslt.json")
    assert "There is no file reslt.json. Did you mean result.json?" in told
    assert "Type source.path=FILE" in told


def test_no_file_at_all(refused: Refused) -> None:
    assert "source.path must be given: type source.path=..." in refused("train", *TINY, "source=telegram")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (
            b'{"chats": {"list": [{"name": "A", "type": "personal_chat", "id": 3, "mess',
            "result.json, character 74, breaks off. Accepted: ",
        ),
        (b'{"hello": "world"}', "is JSON, but no Telegram export"),
        (b"\x89PNG\r\n", "not"),
        (gzip.compress(b"x" * 1000, mtime=0)[:20], "cannot be read: Compressed file ended"),
    ],
)
def test_a_file_that_is_no_whole_export(content: bytes, told: str, refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "result.json").write_bytes(content)
    message = refused("train", *TINY, *from_export(tmp_path / "result.json"))
    assert told in message
    assert str(tmp_path / "result.json") in message


def test_an_export_of_only_ones_own_messages(refused: Refused, tmp_path: Path) -> None:
    lines = [(*ME, f"line {number}") for number in range(30)]
    export = write_export(tmp_path / "result.json", talk_of(*lines, kind="private_supergroup"))
    told = refused("train", *TINY, *from_export(export))
    assert f"There is nothing to learn: no conversation holds an answer of {OWNER_NAME} (user1)." in told
    assert "30 messages" in told


def test_filters_that_leave_nothing(refused: Refused, tiny_export: Path) -> None:
    told = refused("prepare", *from_export(tiny_export), "filters.dates.since=2031-01-01")
    assert "\nMost was left out by filters.dates, " in told
    assert " messages: change its values, or drop it with ~filters.dates\n" in told


def test_a_persona_that_is_excluded(refused: Refused, tiny_export: Path) -> None:
    told = refused("prepare", *from_export(tiny_export), f"filters.people.exclude=[{OWNER}]")
    assert (
        f"filters.people leaves out every word of {OWNER_NAME} ({OWNER}), who is to be learnt: take that name" in told
    )


def test_an_empty_path(refused: Refused) -> None:
    told = refused("prepare", "source=telegram", "source.path=")
    assert "source.path= names no file. Accepted: the result.json" in told
    assert "Type source.path=FILE" in told


def test_a_persona_that_never_speaks(refused: Refused, tmp_path: Path) -> None:
    export = write_export(tmp_path / "result.json", talk_of((*ANNA, "are you there?"), (*ANNA, "hello?")))
    told = refused("train", *TINY, *from_export(export))
    assert "user1, sent no message" in told
    assert "persona=user2" in told


def test_a_persona_that_nobody_is(refused: Refused, tiny_export: Path) -> None:
    told = refused("train", *TINY, *from_export(tiny_export), "persona=Никто")
    assert "persona='Никто' is nobody in the export." in told
    assert "user1" in told


def test_a_persona_that_two_are(refused: Refused, tmp_path: Path) -> None:
    lines = [(*ME, "hi"), ("user2", "Anna", "hi"), ("user3", "Anna", "hi")]
    export = write_export(tmp_path / "result.json", talk_of(*lines, kind="private_group"))
    told = refused("prepare", *from_export(export), "persona=Anna")
    assert "persona='Anna' is the name of 2 people" in told
    assert "persona=[user2,user3]" in told


def test_a_split_that_leaves_nothing(refused: Refused, tmp_path: Path) -> None:
    export = write_export(tmp_path / "result.json", talk_of((*ANNA, "hi"), (*ME, "hello")))
    told = refused("train", *TINY, *from_export(export))
    assert "split=none" in told


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("optimizer.lr=-1", "optimizer.lr=-1 is refused: it must be greater than 0"),
        ("optimizer.lr=fast", "optimizer.lr='fast' is refused: it must be a valid number"),
        ("trainer.max_steps=many", "trainer.max_steps='many' is refused"),
        ("seed=0.5", "seed=0.5 is refused"),
        ("adapter.rank=0", "adapter.rank=0 is refused: it must be greater than 0"),
        ("adapter.rnk=4", "there is no key adapter.rnk, did you mean adapter.rank?"),
        ("model=tiny_casual", "did you mean tiny_causal?"),
        ("nonsense", "`nonsense` is not an override: write key=value"),
        ("adapter.rank=4,8", "add --multirun for a sweep"),
        ("split._target_=os.system", "split._target_=os.system is refused: code comes from"),
        ("experiment=nothing_of_the_kind", "experiment has no such option"),
    ],
)
def test_a_config_that_is_wrong(override: str, told: str, refused: Refused) -> None:
    assert told in refused("train", override)


def test_a_broken_experiment_file_is_named(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "mine.yaml").write_text("model: [\n")
    assert f"{Path('experiments') / 'mine.yaml'} is not valid YAML" in refused("train", "experiment=mine")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("adapter: {rnk: 4}", "adapter.rnk is unknown, did you mean rank?"),
        ("optimiser: {lr: 1}", "optimiser is unknown, did you mean optimizer?"),
        ("optimizer: {lr: -1}", "optimizer.lr=-1 is refused: it must be greater than 0"),
        ("trainer: {max_steps: '40'}", "trainer.max_steps='40' is refused"),
        ("defaults: [{override /model: tiny_casual}]", "tiny_causal"),
        ("persona: ${nowhere}", "nowhere"),
    ],
)
def test_an_experiment_file_is_checked_as_closely(text: str, told: str, refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "mine.yaml").write_text(text + "\n")
    assert told in refused("train", "experiment=mine")


def test_outputs_that_cannot_be_written(refused: Refused, tmp_path: Path, tiny_export: Path) -> None:
    (tmp_path / "file").write_text("")
    told = refused("train", *TINY, *from_export(tiny_export), f"outputs={tmp_path / 'file' / 'runs'}")
    assert f"no run directory can be made under {tmp_path / 'file' / 'runs' / 'train'}: Not a directory" in told
    assert "type outputs=" in told


def failed_run(cwd: Path, *words: object) -> str:
    """What a run that the model's side refuses tells; its directory says the same."""
    status, _, told = doppel("train", *words, cwd=cwd)
    assert status == 2, told
    assert told.count("doppel: ") == 1
    recorded = json.loads((only_run(cwd) / "status.json").read_text())
    assert recorded["state"] == "failed"
    assert recorded["reason"] in told
    return told


@pytest.mark.parametrize("strategy", ["single", "ddp"])
def test_samples_that_are_all_too_long(strategy: str, tiny_export: Path, tmp_path: Path) -> None:
    told = failed_run(tmp_path, *TINY, *from_export(tiny_export), "batches.max_tokens=8", f"strategy={strategy}")
    assert "no reply fits into batches.max_tokens=8: type a larger one" in told


def test_samples_longer_than_the_context_are_counted(tiny_export: Path, tmp_path: Path) -> None:
    words = [*TINY, *from_export(tiny_export), "batches.max_tokens=60", "trainer.max_steps=1"]
    told = driving.done("train", *words, cwd=tmp_path)
    counts = json.loads((only_run(tmp_path) / "tokens_train.json").read_text())["counts"]
    left_out = [count for count in counts if count["dropped"]]
    assert left_out
    assert f"{left_out[0]['dropped']} of " in told
    assert left_out[0]["why"] in told


def test_fewer_samples_than_a_batch(tmp_path: Path) -> None:
    lines = [line for number in range(5) for line in ((*ANNA, f"hi {number}"), (*ME, f"hello {number}"))]
    export = write_export(tmp_path / "result.json", talk_of(*lines))
    words = [*TINY, *from_export(export), "split=none", "batches.batch_size=64", "trainer.max_epochs=1"]
    driving.done("train", *words, cwd=tmp_path)
    losses = [row["train/loss"] for row in driving.logged(only_run(tmp_path)) if "train/loss" in row]
    assert len(losses) == 1


def test_a_model_that_cannot_be_had(tiny_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    told = failed_run(tmp_path, *TINY, *from_export(tiny_export), "model=causal", "model.path=nobody/nothing")
    assert "nobody/nothing is not on this machine and HF_HUB_OFFLINE forbids to ask the hub" in told
    assert "model.path=/folder" in told


@pytest.fixture(scope="module")
def local_model(finished_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model as an ordinary folder, its tokenizer without a pad token."""
    base = Path(json.loads((finished_run / "adapter" / "adapter_config.json").read_text())["base_model_name_or_path"])
    folder = tmp_path_factory.mktemp("local") / "model"
    shutil.copytree(base, folder)
    file = folder / "tokenizer_config.json"
    settings = json.loads(file.read_text())
    assert settings.pop("pad_token")
    file.write_text(json.dumps(settings))
    return folder


def test_a_tokenizer_without_a_pad_token(local_model: Path, tiny_export: Path, tmp_path: Path) -> None:
    words = [*TINY, *from_export(tiny_export), "model=causal", f"model.path={local_model}", "trainer.max_steps=1"]
    driving.done("train", *words, cwd=tmp_path)
    assert driving.state(only_run(tmp_path)) == "finished"


def test_a_folder_that_is_no_model(tiny_export: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    words = [*TINY, *from_export(tiny_export), "model=causal", f"model.path={tmp_path / 'empty'}"]
    assert "has no config.json" in failed_run(tmp_path, *words)
