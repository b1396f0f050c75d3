"""`doppel prepare` beside a bare pass over the same file, and beside what other projects prepare with.

Run: .venv/bin/python benchmarks/preparing.py [--mib 1024] [--write] [--doppelganger FILE] [--weclone FOLDER]

The input is the chitchat export repeated until it is as large as asked. Each copy has chats and words of its own: their
letters are exchanged by a fixed permutation, so that no copy repeats another.
The other projects' code is not part of this one: get it yourself and say where it lies (prepare_dataset.py of
furiousteabag/doppelganger; a checkout of xming521/WeClone). Without it they are left out, and the table says so.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import io
import json
import os
import random
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


def with_doppel(path: str) -> str:
    """How many samples `doppel prepare` has made, report and all."""
    from doppel.__main__ import dispatch

    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        words = ["prepare", "source=telegram", f"source.path={path}", f"outputs={folder}/outputs", *OPTIONS]
        with contextlib.redirect_stdout(io.StringIO()):
            status = dispatch(words)
        assert status == 0, status
        [run] = Path(folder, "outputs", "prepare").iterdir()
        samples = json.loads((run / "manifest.json").read_text())["data"]["samples"]
        return f"{sum(samples.values()):,} samples"


def with_doppelganger(path: str, script: str) -> str:
    """Lines that doppelganger's own prepare_dataset.py has written."""
    import importlib.util

    specification = importlib.util.spec_from_file_location("prepare_dataset", script)
    assert specification is not None
    assert specification.loader is not None
    module: Any = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "out.jsonl")
        # The export is of 2018; its default keeps the last 60 months.
        module.transform_chats(input=path, output=str(output), last_x_months=1200)
        return f"{sum(1 for _ in output.open(encoding='utf-8')):,} sessions"


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


def rows(file: str, arguments: argparse.Namespace) -> list[Measurement]:
    """The contenders on one file."""
    contenders: list[tuple[str, Any, list[object]]] = [
        ("bare pass (ijson.items)", bare_items, [file]),
        ("bare pass (ijson events)", bare_events, [file]),
        ("doppel prepare, with report", with_doppel, [file]),
    ]
    if arguments.doppelganger:
        contenders.append(("doppelganger's prepare_dataset.py", with_doppelganger, [file, arguments.doppelganger]))
    return [measure(name, HERE, function.__name__, given, repetitions=1) for name, function, given in contenders]


def main() -> None:
    """Prints the tables; --write keeps them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mib", type=int, nargs="+", default=[128, 1024])
    parser.add_argument("--doppelganger")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if not EXPORT.is_file():
        sys.exit(f"the real export is not here: {EXPORT} (set DOPPEL_SHARED_DATA)")
    parts = ["# Preparing an export", "", conditions(["ijson", "msgspec"]), ""]
    with tempfile.TemporaryDirectory() as folder:
        for mib in arguments.mib:
            file = Path(folder) / f"{mib}.json"
            copies = measure("", HERE, write_input.__name__, [str(EXPORT), str(file), mib], repetitions=1).result
            size = file.stat().st_size / MIB
            parts += [f"{size:,.0f} MiB ({copies} x chitchat owner1)", "", table(rows(str(file), arguments)), ""]
            file.unlink()
    text = "\n".join(parts)
    print(text)
    if arguments.write:
        HERE.with_suffix(".md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
