import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from doppel.errors import RunError
from doppel.run import meeting
from doppel.run.meeting import Meeting

LONG = 30.0


def at(folder: Path, rank: int, start: str = "start", world_size: int = 3) -> Meeting:
    return Meeting(folder, start, rank=rank, world_size=world_size)


def test_all_hear_what_the_first_tells_whoever_comes_first(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        early = pool.submit(at(tmp_path, 1).ask, LONG)
        telling = pool.submit(at(tmp_path, 0).tell, {"run": "here"}, LONG)
        late = pool.submit(at(tmp_path, 2).ask, LONG)
        assert early.result() == late.result() == {"run": "here"}
        telling.result()
    assert list(tmp_path.iterdir()) == []


def test_what_an_earlier_start_has_left_is_neither_read_nor_counted(tmp_path: Path) -> None:
    """torchrun without --rdzv-id gives every start the same name, and a killed one takes nothing away."""
    folder = tmp_path / ".meeting"
    folder.mkdir()
    (folder / "start.1.0ld.question").write_text("{}")
    (folder / "start.2.0ld.answer").write_text('{"run": "old"}')
    is_told = threading.Event()

    def tell() -> None:
        at(tmp_path, 0).tell({"run": "new"}, LONG)
        is_told.set()

    with ThreadPoolExecutor() as pool:
        telling = pool.submit(tell)
        assert at(tmp_path, 2).ask(LONG) == {"run": "new"}
        assert not is_told.wait(5 * meeting.POLL_SECONDS)  # rank 1 of this start has yet to come
        assert at(tmp_path, 1).ask(LONG) == {"run": "new"}
        telling.result()
    assert list(tmp_path.iterdir()) == []


def test_others_meet_in_the_same_folder(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        asked = {
            start: pool.submit(at(tmp_path, 1, start=start, world_size=2).ask, LONG) for start in ("one", "another")
        }
        for start in asked:
            pool.submit(at(tmp_path, 0, start=start, world_size=2).tell, {"run": start}, LONG)
        assert all(answer.result() == {"run": start} for start, answer in asked.items())


def test_where_there_is_no_run_the_others_hear_that(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(at(tmp_path, rank).ask, LONG) for rank in (1, 2)]
        at(tmp_path, 0).refuse()
        assert [answer.result() for answer in asked] == [None, None]


def test_who_has_been_told_is_not_told_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = at(tmp_path, 0, world_size=1)
    first.tell({"run": "here"}, LONG)
    monkeypatch.setattr(meeting, "REFUSAL_SECONDS", LONG)
    first.refuse()  # returns at once, or the test takes half a minute


def test_nobody_waits_for_ever(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"rank 1 has heard nothing of rank 0 in .*type outputs=/a/shared/folder"):
        at(tmp_path, 1).ask(0.2)
    with pytest.raises(RunError, match="of 3 processes, rank 1 never came to"):
        at(tmp_path, 0).tell({}, 0.2)
