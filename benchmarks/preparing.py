"""`doppel prepare` beside a bare pass over the same file, and beside what other projects prepare with.

Run: .venv/bin/python benchmarks/preparing.py [--mib 128 1024] [--write] [--doppelganger FILE] [--weclone FOLDER]

The input is the chitchat export repeated until it is as large as asked. Each copy has chats and words of its own: their
letters are exchanged by a fixed permutation, so that no copy repeats another.
The other projects' code is not part of this one: get it yourself and say where it lies (prepare_dataset.py of
furiousteabag/doppelganger; a checkout of xming521/WeClone). Without it they are left out, and the table says so.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import importlib
import io
import json
import os
import random
import shutil
import string
import sys
import tempfile
from pathlib import Path
from typing import Any

from side_by_side import Measurement, conditions, measure, table

HERE = Path(__file__).resolve()
SHARED = Path(os.environ.get("DOPPEL_SHARED_DATA", HERE.parents[2] / "shared" / "data"))
EXPORT = SHARED / "chitchat" / "owner1.result.json.gz"
MIB = 2**20
OWNER_ID, OWNER_NAME = "user1000000", "P0001"
OPTIONS = ["use_cache=false", "model=tiny_causal"]  # a tokenizer of bytes: what is measured is the preparation


def bare_items(path: str) -> int:
    """Messages, as dicts that ijson builds in C and drops: the least that a streaming program can do."""
    import ijson

    with Path(path).open("rb") as stream:
        return sum(1 for _ in ijson.items(stream, "chats.list.item.messages.item", use_float=True))


def bare_events(path: str) -> int:
    """Events of ijson's parser."""
    import ijson

    with Path(path).open("rb") as stream:
        return sum(1 for _ in ijson.basic_parse(stream, use_float=True))


def with_doppel(path: str, cache: str) -> str:
    """How many samples `doppel prepare` has made, report and all."""
    from doppel.__main__ import dispatch

    os.environ["XDG_CACHE_HOME"] = cache  # where matplotlib's list of fonts is, which it makes once
    with tempfile.TemporaryDirectory() as folder:
        words = ["prepare", "source=telegram", f"source.path={path}", f"outputs={folder}", *OPTIONS]
        with contextlib.redirect_stdout(io.StringIO()):
            status = dispatch(words)
        assert status == 0, status
        [run] = Path(folder, "prepare").iterdir()
        samples = json.loads((run / "manifest.json").read_text())["data"]["samples"]
        return f"{sum(samples.values()):,} samples"


def with_doppelganger(path: str, script: str) -> str:
    """Sessions that doppelganger's own prepare_dataset.py has written."""
    import importlib.util

    specification = importlib.util.spec_from_file_location("prepare_dataset", script)
    assert specification is not None
    assert specification.loader is not None
    module: Any = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "out.json")
        # The export lacks the saved messages that would tell its owner, and is older than what is kept by default.
        module.transform_chats(input=path, output=str(output), target_name=OWNER_NAME, last_x_months=1200)
        return f"{output.stat().st_size / MIB:,.0f} MiB of sessions"


def with_weclone(exports: str, checkout: str) -> str:
    """Conversations that WeClone's telegram_parser and qa_generator have made of exports of single chats.

    The settings are those of its template. Its search for private data is left out, as it needs a model of spaCy, and
    so is everything that asks a language model: with them it would take longer.
    """
    from types import SimpleNamespace

    sys.path.insert(0, checkout)
    parser: Any = importlib.import_module("weclone.data.chat_parsers.telegram_parser")
    generator: Any = importlib.import_module("weclone.data.qa_generator")
    strategies: Any = importlib.import_module("weclone.data.strategies")
    config = SimpleNamespace(
        telegram_args=SimpleNamespace(my_id=OWNER_ID),
        include_type=["text"],
        platform="telegram",
        add_time=False,
        combine_msg_max_length=2048,
        messages_max_length=2048,
        max_image_num=2,
    )
    processor = generator.DataProcessor.__new__(generator.DataProcessor)
    processor.config = processor.c = config
    processor.csv_folder, processor.system_prompt, processor.QaPair = "./dataset/csv", "", generator.QaPair
    processor.cut_type_list, processor.skip_type_list, processor.blocked_words = ["image", "video", "voice"], [], []
    processor.single_combine_strategy = strategies.TimeWindowStrategy(time_window=2 * 60, is_single_chat=True)
    processor.qa_match_strategy = strategies.TimeWindowStrategy(time_window=5 * 60, is_single_chat=False)
    processor.pii_detector = SimpleNamespace(batch_has_pii=lambda texts: [False] * len(texts))
    with contextlib.chdir(exports):
        parser.process_telegram_dataset(config)
        messages: list[Any] = []
        for file in processor.get_csv_files():
            messages.extend(processor.group_consecutive_messages(messages=processor.load_csv(file)))
        found = [pair for pair in processor.match_qa(messages) if isinstance(pair, generator.QaPair)]
        processor.save_result(found)
    return f"{len(found):,} conversations"


def cut_to_chats(path: str, exports: str) -> int:
    """How many chats there are; each is written as an export of its own, as WeClone reads them."""
    import ijson

    number = 0
    with Path(path).open("rb") as stream:
        for chat in ijson.items(stream, "chats.list.item", use_float=True):
            folder = Path(exports, "dataset", "telegram", str(chat["id"]))
            folder.mkdir(parents=True)
            (folder / "result.json").write_text(json.dumps(chat, ensure_ascii=False, indent=1), encoding="utf-8")
            number += 1
    return number


def write_input(export: str, target: str, mib: int) -> int:
    """How often the export was repeated until the file was so large."""
    with gzip.open(export, "rt", encoding="utf-8") as file:
        content = json.load(file)
    chats, copies, size = content["chats"]["list"], 0, 0
    head = json.dumps({key: value for key, value in content.items() if key != "chats"}, ensure_ascii=False, indent=1)
    with Path(target).open("w", encoding="utf-8") as file:
        file.write(head[: head.rindex("}")].rstrip() + ("," if len(head) > 3 else "") + '\n "chats": {\n  "list": [\n')
        while size < mib * MIB:
            exchange = _permutation(copies)
            for chat in chats:
                text = json.dumps(_copied(chat, copies, exchange), ensure_ascii=False, indent=1)
                size += file.write((",\n" if copies or chat is not chats[0] else "") + text)
            copies += 1
        file.write("\n  ]\n }\n}\n")
    return copies


def _permutation(copy: int) -> dict[int, int]:
    letters = list(string.ascii_lowercase)
    random.Random(copy).shuffle(letters)
    swapped = "".join(letters) if copy else string.ascii_lowercase
    return str.maketrans(string.ascii_lowercase + string.ascii_uppercase, swapped + swapped.upper())


def _copied(chat: dict[str, Any], copy: int, exchange: dict[int, int]) -> dict[str, Any]:
    return {
        **chat,
        "id": chat["id"] + copy * 10_000_000,
        "messages": [_exchanged(message, exchange) for message in chat["messages"]],
    }


def _exchanged(message: dict[str, Any], exchange: dict[int, int]) -> dict[str, Any]:
    entities = [{**entity, "text": entity["text"].translate(exchange)} for entity in message.get("text_entities", [])]
    text = message.get("text", "")
    parts = text.translate(exchange) if isinstance(text, str) else [_part(part, exchange) for part in text]
    return {**message, "text": parts, "text_entities": entities}


def _part(part: Any, exchange: dict[int, int]) -> Any:
    return part.translate(exchange) if isinstance(part, str) else {**part, "text": part["text"].translate(exchange)}


def rows(file: str, folder: str, arguments: argparse.Namespace) -> list[Measurement]:
    """The contenders on one file."""
    contenders: list[tuple[str, Any, list[object]]] = [
        ("bare pass (ijson.items)", bare_items, [file]),
        ("bare pass (ijson events)", bare_events, [file]),
        ("doppel prepare, with report", with_doppel, [file, folder]),
    ]
    if arguments.doppelganger:
        contenders.append(("doppelganger's prepare_dataset.py", with_doppelganger, [file, arguments.doppelganger]))
    if arguments.weclone:
        exports = str(Path(folder, "exports"))
        measure("", HERE, cut_to_chats.__name__, [file, exports], repetitions=1)
        contenders.append(("WeClone's parser and matching", with_weclone, [exports, arguments.weclone]))
    return [measure(name, HERE, function.__name__, given, repetitions=1) for name, function, given in contenders]


def main() -> None:
    """Prints the tables; --write keeps them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mib", type=int, nargs="+", default=[128, 1024])
    parser.add_argument("--doppelganger")
    parser.add_argument("--weclone")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if not EXPORT.is_file():
        sys.exit(f"the real export is not here: {EXPORT} (set DOPPEL_SHARED_DATA)")
    parts = ["# Preparing an export", "", conditions(["ijson", "msgspec"]), ""]
    with tempfile.TemporaryDirectory() as folder:
        # Once for what is made once: matplotlib's list of fonts, compiled modules.
        measure("", HERE, with_doppel.__name__, [str(EXPORT), folder], repetitions=1)
        for mib in arguments.mib:
            file = Path(folder, f"{mib}.json")
            copies = measure("", HERE, write_input.__name__, [str(EXPORT), str(file), mib], repetitions=1).result
            size = file.stat().st_size / MIB
            found = table(rows(str(file), folder, arguments))
            parts += [f"{size:,.0f} MiB ({copies} x chitchat owner1)", "", found, ""]
            file.unlink()
            shutil.rmtree(Path(folder, "exports"), ignore_errors=True)
    text = "\n".join(parts)
    print(text)
    if arguments.write:
        HERE.with_suffix(".md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
