"""A short slice of the fuzzing of every format; `make fuzz` runs the long one."""

from pathlib import Path

import pytest

from tests.fuzz.formats import FORMATS
from tests.fuzz.harness import Bench, peak_megabytes

CASES = 100
MOST_MEGABYTES = 600  # more than before


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_exports_give_samples_or_a_clear_error(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "hub":
        pytest.importorskip("datasets")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    before = peak_megabytes()
    bench = Bench(FORMATS[name], tmp_path)
    assert bench.sound().sizes["train"] > 0
    outcomes = {seed: bench.outcome(seed) for seed in range(CASES)}
    faults = {seed: one.told for seed, one in outcomes.items() if one.word == "fault"}
    told = "\n".join(f"python -m tests.fuzz {name} {seed}\n{fault[-1500:]}" for seed, fault in faults.items())
    assert not faults, f"{len(faults)} cases ended as none may:\n{told}"
    assert "read" in {one.word for one in outcomes.values()}  # most damage is survived
    assert peak_megabytes() - before < MOST_MEGABYTES


def test_a_case_is_the_same_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("telegram", "table_csv"):
        first, again = Bench(FORMATS[name], tmp_path / "a"), Bench(FORMATS[name], tmp_path / "b")
        forth = [first.outcome(seed) for seed in range(20)]
        back = [again.outcome(seed) for seed in reversed(range(20))][::-1]
        assert [one.word for one in forth] == [one.word for one in back]
        assert [one.told for one in forth] == [one.told.replace(f"{tmp_path}/b", f"{tmp_path}/a") for one in back]
