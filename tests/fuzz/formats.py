"""Every kind of export that is fuzzed: the option that reads it, and the files of a small sound one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.fuzz import community_formats as community
from tests.fuzz import data_set_formats as data_sets
from tests.fuzz import messenger_formats as messengers
from tests.fuzz import telegram_formats as telegrams


@dataclass(frozen=True)
class Format:
    """A kind of export."""

    name: str
    overrides: tuple[str, ...]  # of the command line; source.path is added
    make: Callable[[], dict[str, bytes]]  # relative name -> content
    path: str = "."  # what source.path names, below the folder of the files
    key: str = "path"  # of the source, that names the folder
    is_of_samples: bool = False  # which no other rules are applied to any more


NAMED = ("persona='Anna K'",)
FORMATS = {
    one.name: one
    for one in (
        Format("telegram", ("source=telegram", "persona=user1"), telegrams.telegram, "result.json"),
        Format("telegram_account", ("source=telegram",), telegrams.telegram_account),
        Format("telegram_gz", ("source=telegram", "persona=user1"), telegrams.telegram_gz),
        Format("telegram_html", ("source=telegram_html", *NAMED), telegrams.telegram_html),
        Format("telegram_api", ("source=telegram_api", "source.is_live=false", "source.chats=all"),
               telegrams.telegram_api, key="archive"),
        Format("whatsapp_ios", ("source=whatsapp", *NAMED), messengers.whatsapp_ios),
        Format("whatsapp_android", ("source=whatsapp", *NAMED), messengers.whatsapp_android),
        Format("whatsapp_zip", ("source=whatsapp", *NAMED), messengers.whatsapp_zip, "WhatsApp Chat - Garden.zip"),
        Format("signal", ("source=signal",), messengers.signal),
        Format("signal_desktop", ("source=signal", "persona=signal:me"), messengers.signal_desktop),
        Format("vk", ("source=vk",), messengers.vk),
        Format("vk_json", ("source=vk",), messengers.vk_json),
        Format("discord", ("source=discord", *NAMED), community.discord),
        Format("discord_csv", ("source=discord", *NAMED), community.discord_csv),
        Format("discord_package", ("source=discord", "samples.min_turns=1", "samples.learn_openings=true"),
               community.discord_package, "package.zip"),
        Format("slack", ("source=slack", *NAMED), community.slack),
        Format("slack_zip", ("source=slack", *NAMED), community.slack_zip, "Team Slack export.zip"),
        Format("messenger", ("source=messenger", *NAMED), messengers.messenger),
        Format("instagram", ("source=instagram",), messengers.instagram),
        Format("table_csv", ("source=table", *NAMED), data_sets.table_csv),
        Format("table_jsonl", ("source=table", *NAMED), data_sets.table_jsonl),
        Format("table_parquet", ("source=table", *NAMED), data_sets.table_parquet),
        Format("pairs", ("source=pairs",), data_sets.pairs),
        Format("dialogues_openai", ("source=dialogues",), data_sets.dialogues_openai),
        Format("dialogues_sharegpt", ("source=dialogues",), data_sets.dialogues_sharegpt),
        Format("dialogues_doppel", ("source=dialogues", "source.exported=messages", "persona=user0"),
               data_sets.dialogues_doppel),
        Format("dialogues_samples", ("source=dialogues",), data_sets.dialogues_doppel, is_of_samples=True),
        Format("daily_dialog", ("source=daily_dialog",), data_sets.daily_dialog),
        Format("empathetic", ("source=empathetic",), data_sets.empathetic),
        Format("hub", ("source=hub", *NAMED), data_sets.hub, "messages.jsonl"),
    )
}  # fmt: skip
