"""What privacy replaces is in no file of a run, and people are asked for by what they are really called."""

import json
import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from doppel.__main__ import dispatch
from doppel.commands.as_shown import NOTE
from doppel.run.samples import read_samples

TYPED = {"config.yaml", "overrides.yaml", "command.txt"}  # as the user typed it
CODE = {"code.diff"}  # of doppel, where that was changed
Run = Callable[..., Path]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def prepare(*words: str) -> Path:
        shapes = ("export=all", "samples/situation=told", "measured_samples=10", "model=tiny_causal")
        assert dispatch(["prepare", *shapes, *words]) == 0
        return sorted((tmp_path / "outputs" / "prepare").iterdir())[-1]

    return prepare


def contents(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file with its name and words, as a person and as a program sees them."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in TYPED | CODE):
        if file.suffix == ".parquet":
            import pyarrow.parquet

            text = json.dumps(pyarrow.parquet.read_table(file).to_pylist(), default=str, ensure_ascii=False)
        else:
            text = file.read_text(encoding="utf-8")
        escaped = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text)
        yield file, f"{file.name}\n{text}\n{escaped}"


def found_in(pattern: re.Pattern[str], *folders: Path) -> list[str]:
    read = [(file, text) for folder in folders for file, text in contents(folder)]
    assert {".md", ".json", ".jsonl", ".html", ".txt", ".parquet"} <= {file.suffix for file, _ in read}
    assert "prepared.json" in {file.name for file, _ in read}
    return [f"{file}: {match[0]}" for file, text in read if (match := pattern.search(text))]


def whatsapp(folder: Path, numbers: list[str]) -> Path:
    """A group and a chat of unsaved contacts, each called by a number, who tell each other's numbers."""
    folder.mkdir()
    draw = random.Random(0)
    for place, title in enumerate(("Climbers", f"WhatsApp Chat with {numbers[1]}")):
        at, lines = datetime(2024, 1, 20, 9, tzinfo=UTC), []
        speakers = numbers if place == 0 else numbers[:2]
        for number in range(240):
            at += timedelta(minutes=number % 4, hours=9 * (number % 12 == 0))
            said = f"{number} see you" if number % 7 else f"call {numbers[number % len(numbers)]} please"
            lines.append(f"{at:%d/%m/%Y, %H:%M} - {draw.choice(speakers)}: {said}")
        lines.append(f"{at:%d/%m/%Y, %H:%M} - {numbers[0]} added {numbers[2]}")
        (folder / f"{title}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def spelled(draw: random.Random) -> list[str]:
    """Four numbers of three countries, grouped as phones do."""

    def digits(count: int) -> str:
        return "".join(draw.choices("0123456789", k=count))

    return [
        f"+7 916 {draw.randint(200, 999)}-{digits(2)}-{digits(2)}",
        f"+7 (926) {draw.randint(200, 999)}-{digits(2)}-{digits(2)}",
        f"+49 1512 {draw.randint(2, 9)}{digits(6)}",
        f"+1 (415) 6{digits(2)}-{digits(4)}",
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_numbers_of_unsaved_contacts_are_in_no_file(seed: int, run: Run, tmp_path: Path) -> None:
    numbers = spelled(random.Random(seed))
    plain = ["".join(filter(str.isdigit, number)) for number in numbers]
    export = whatsapp(tmp_path / "export", numbers)
    folder = run("source=whatsapp", f"source.path={export}", f"persona='+{plain[0]}'")
    any_spelling = re.compile("|".join(r"[^\w]{0,3}".join(digits[-10:]) for digits in plain))
    assert found_in(any_spelling, folder, tmp_path / "cache") == []

    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    [persona] = manifest["personas"]
    assert persona["ids"] == [f"whatsapp:{persona['name']}"]
    samples = read_samples(folder / "data" / "train.jsonl")
    assert {len({turn.speaker_id for one in samples for turn in one.turns})} == {len(numbers)}
    assert {turn.speaker_id for one in samples for turn in one.turns if turn.is_learnt} == set(persona["ids"])
    assert "display name" in json.loads((folder / "funnel.json").read_text())["tallies"]["privacy"]
    assert "Nothing private was found" not in (folder / "report.html").read_text(encoding="utf-8")
    assert NOTE in json.loads((folder / "funnel.json").read_text())["notes"]


PEOPLE = ("Bob Secretname", "Jane Roe", "Зоя Невзорова")
PAGE = """<html><body><div class="page_wrap"><div class="page_header"><div class="content">
<div class="text bold">{title}</div></div></div><div class="page_body chat_page"><div class="history">{said}
</div></div></div></body></html>"""
SAID = """<div class="message default clearfix" id="message{number}"><div class="body">
<div class="pull_right date details" title="{at:%d.%m.%Y %H:%M:%S} UTC+00:00">{at:%H:%M}</div>
<div class="from_name">{who}</div>{more}<div class="text">{text}</div></div></div>"""


def telegram_pages(folder: Path) -> Path:
    draw = random.Random(0)
    for title in PEOPLE[0], "Climbers":
        at, said = datetime(2024, 1, 20, 9, tzinfo=UTC), []
        speakers = PEOPLE[:2] if title == PEOPLE[0] else PEOPLE
        for number in range(1, 241):
            at += timedelta(minutes=number % 4, hours=9 * (number % 12 == 0))
            text = f"{number} Jane and Bob, {PEOPLE[number % 3]}" if number % 5 == 0 else f"{number} see you"
            reply = f'In reply to <a href="#go_to_message{number - 1}">this message</a>'
            more = f'<div class="reply_to details">{reply}</div>' if number % 9 == 0 else ""
            who = draw.choice(speakers)
            said.append(SAID.format(number=number, at=at, who=who, more=more, text=text))
        page = folder / title.split()[0].lower().replace("bob", "one") / "messages.html"
        page.parent.mkdir(parents=True)
        page.write_text(PAGE.format(title=title, said="".join(said)), encoding="utf-8")
    return folder


def test_names_that_are_ids_are_in_no_file(run: Run, tmp_path: Path) -> None:
    export = telegram_pages(tmp_path / "export")
    told = "samples.situation.relationships={Bob Secretname: an old friend}"
    folder = run("source=telegram_html", f"source.path={export}", "persona=Jane Roe", "privacy=names", told)
    words = "|".join(word for person in PEOPLE for word in person.split())
    assert found_in(re.compile(rf"(?i)(?<![^\W_])(?:{words}|невзоров\w*)(?![^\W_])"), folder, tmp_path / "cache") == []

    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    [persona] = manifest["personas"]
    assert persona["ids"] == [f"name:{persona['name']}"]
    [(friend, relationship)] = manifest["relationships"].items()
    samples = read_samples(folder / "data" / "train.jsonl")
    assert relationship == "an old friend"
    assert friend in {turn.speaker_id for one in samples for turn in one.turns} - set(persona["ids"])
    assert any("old friend" in (turn.aside or "") for one in samples for turn in one.turns)


def test_people_are_left_out_by_their_real_name_and_by_what_a_run_shows(run: Run, tmp_path: Path) -> None:
    words = ("source=telegram_html", f"source.path={telegram_pages(tmp_path / 'export')}", "persona=Jane Roe")
    whole = read_samples(run(*words, "privacy=names") / "data" / "train.jsonl")
    others = sorted({turn.speaker_id for one in whole for turn in one.turns if not turn.is_persona})
    assert len(others) == 2
    for asked in ("Bob Secretname", "name:Bob Secretname", *others):
        folder = run(*words, "privacy=names", f'filters.people.exclude=["{asked}"]')
        left = {turn.speaker_id for one in read_samples(folder / "data" / "train.jsonl") for turn in one.turns}
        assert len(left.intersection(others)) == 1
        assert asked not in left
