"""Every real input that some source reads, through the whole line: what came in was kept or dropped, to the message."""

from pathlib import Path

import pytest

from doppel.config.build import build
from doppel.errors import DataError
from doppel.persona.people import Census
from doppel.types import Funnel
from tests.data_line.arithmetic import check_funnel, check_parts, check_source, check_told
from tests.data_line.leaks import check_no_way, said
from tests.data_line.preparing import composed, made, messages

ALL = ("samples.learn_openings=true", "samples.min_turns=1")  # so that one message is enough
ALL_CHATS = "filters.chats.kinds=[saved,personal,group,public_group,channel,bot,unknown]"
WHATSAPP = "multi_chatminer/whatsapp"
REAL = {
    # path: the option that reads it
    **dict.fromkeys(
        ("tg_innerdvations/bot.json", "tg_innerdvations/private_channel.json", "tg_innerdvations/private_group.json",
         "tg_innerdvations/public_channel.json", "tg_innerdvations/public_supergroup.json",
         "tg_innerdvations/saved.json", "tg_innerdvations/users_test.json", "tg_mehrdad/test_data.json",
         "tg_parser_pypi/tests/fixtures/personal_chat.json",
         "tg_parser_pypi/tests/fixtures/supergroup_with_topics.json",
         "tg_ragtgbot/result.json", "tg_ragtgbot/test_case1.json", "tg_ragtgbot/test_case2.json",
         "tg_ragtgbot/test_case3.json", "tg_tg2md/result.json", "tg_tkonverter/result.json",
         "tg_tkonverter/result_group.json", "tg_vorot93", "multi_chatminer/telegram/test_batch_export.json",
         "multi_chatminer/telegram/test_single_export.json", "chitchat/owner1.result.json.gz"),
        "telegram",
    ),
    "tg_vorot93/basic_export": "telegram_html",
    "tg_vorot93/tdesktop_media": "telegram_html",
    **dict.fromkeys(
        (f"{WHATSAPP}/test_[mmddyy]_24hrs.txt", f"{WHATSAPP}/test_ddmmyy_24hrs.txt",
         f"{WHATSAPP}/test_mmddyy_24hrs.txt", f"{WHATSAPP}/test_mmddyyyy_12hrs.txt",
         f"{WHATSAPP}/test_yyyymmdd_24hrs.txt"),
        "whatsapp",
    ),
    "multi_chatminer/signal/test_export.txt": "signal",
    "multi_chatminer/instagram/test_export.json": "instagram",
    "devops_reply/devops-reply-v2.jsonl": "pairs",
    "convai_personachat": "dialogues",
    "dailydialog_official": "daily_dialog",
    "xdailydialog/1k_part_data": "daily_dialog",
    "xdailydialog/en_test_human.txt": "daily_dialog",
    "empathetic/fixed_valid.csv": "empathetic",
    "empathetic/fixed_test.csv": "empathetic",
}  # fmt: skip
WORDLESS = (  # there, whoever says most has only sent what the rules leave out: pictures, forwards
    "tg_innerdvations/bot.json", "tg_innerdvations/private_group.json", "tg_innerdvations/public_supergroup.json",
    "tg_ragtgbot/result.json", "tg_tkonverter/result_group.json", "tg_vorot93/tdesktop_media",
)  # fmt: skip
HELD_OUT = ("split.validation_fraction=0.1", "split.test_fraction=0.1")


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def most_talkative(path: Path, source: str) -> str:
    """The id of whoever says most. The source alone adds up, too."""
    funnel, census = Funnel(), Census()
    census.see(build({**composed(f"source={source}")["source"], "path": str(path)}).messages(funnel))
    people = census.people()
    check_source(funnel.counts, people)
    return next(iter(people.by_id))


@pytest.mark.parametrize("name", REAL)
def test_every_message_is_kept_or_dropped(shared_data: Path, name: str) -> None:
    path, source = shared_data / name, REAL[name]
    persona = most_talkative(path, source)
    overrides = (f"source={source}", "split=none", ALL_CHATS, *ALL)
    if name in WORDLESS:
        with pytest.raises(DataError, match="There is nothing to learn") as error:
            made(path, *overrides, persona=persona)
        check_told(str(error.value))
        return
    result = made(path, *overrides, persona=persona)
    check_funnel(result.prepared)
    check_parts(result.prepared, result.parts)
    kept = [line.kept for line in result.prepared.counts if line.stage == "samples" and line.unit == "messages"]
    assert kept == [len(said(result.parts[0]))]


@pytest.mark.parametrize(
    ("samples", "split"),
    [
        (("samples=dialogue",), HELD_OUT),
        (("samples=pair",), ("split.per_chat=true", *HELD_OUT)),
        (("samples=dialogue",), ("split=group", *HELD_OUT)),
    ],
)
def test_no_way_leads_to_what_is_held_out(shared_data: Path, samples: tuple[str, ...], split: tuple[str, ...]) -> None:
    path = shared_data / "chitchat/owner1.result.json.gz"
    result = made(path, "source=telegram", *samples, *split)
    everything = made(path, "source=telegram", *samples, "split=none").parts[0]
    assert min(map(len, result.parts)) > 10
    check_funnel(result.prepared)
    check_parts(result.prepared, result.parts)
    said_there = messages(path, "source=telegram")
    check_no_way(result.parts, everything, said_there, is_by_time=split == HELD_OUT, is_by_chat="split=group" in split)


@pytest.mark.slow
def test_no_way_leads_to_answers_of_a_group(shared_data: Path) -> None:
    """Of question and answer pairs from a group many are copied: thousands of chains of answers."""
    pairs = ("source=pairs", "filters=devops_dude", "source.join_chains=true", *HELD_OUT)
    path = shared_data / "devops_reply/devops-reply-v2.jsonl"
    result = made(path, *pairs)
    everything = made(path, *pairs[:3], "split=none").parts[0]
    check_parts(result.prepared, result.parts)
    check_no_way(result.parts, everything, messages(path, *pairs[:3]), is_by_time=True, is_by_chat=False)
