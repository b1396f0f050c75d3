import pytest

from doppel.errors import RunError
from doppel.logger.csv import CsvLogger
from doppel.run.metrics import read_metrics


def lines(folder) -> list[str]:
    return (folder / "metrics.csv").read_text().splitlines()


def test_floats_are_exact_and_a_new_name_is_a_new_column(tmp_path) -> None:
    logger = CsvLogger(tmp_path)
    logger.log_metrics({"epoch": 0, "train/loss": 0.1 + 0.2}, step=1)
    assert lines(tmp_path) == ["step,epoch,train/loss", "1,0,0.30000000000000004"]
    logger.log_metrics({"epoch": 0, "validation/loss": 1e-17}, step=1)
    logger.log_metrics({"epoch": 1, "train/loss": float("inf")}, step=2)
    assert lines(tmp_path) == [
        "step,epoch,train/loss,validation/loss",
        "1,0,0.30000000000000004,",
        "1,0,,1e-17",
        "2,1,inf,",
    ]
    assert read_metrics(tmp_path / "metrics.csv")[1] == {"step": 1, "epoch": 0, "validation/loss": 1e-17}
    assert [file.name for file in tmp_path.iterdir()] == ["metrics.csv"]


def test_a_resumed_run_cuts_what_it_will_write_again(tmp_path) -> None:
    before = CsvLogger(tmp_path)
    for step in (1, 2, 3, 4):
        before.log_metrics({"epoch": 0, "train/loss": step / 10}, step=step)
    after = CsvLogger(tmp_path)
    after.cut_after(2)
    after.log_metrics({"epoch": 0, "train/loss": 0.5}, step=3)
    assert lines(tmp_path) == ["step,epoch,train/loss", "1,0,0.1", "2,0,0.2", "3,0,0.5"]


def test_a_torn_last_line_is_dropped(tmp_path) -> None:
    (tmp_path / "metrics.csv").write_text("step,epoch,train/loss\n1,0,0.5\n2,0")
    logger = CsvLogger(tmp_path)
    logger.cut_after(2)
    assert lines(tmp_path) == ["step,epoch,train/loss", "1,0,0.5"]


def test_a_new_logger_appends_to_the_columns_there_are(tmp_path) -> None:
    CsvLogger(tmp_path).log_metrics({"epoch": 0, "b": 1.0, "a": 2.0}, step=0)
    CsvLogger(tmp_path).log_metrics({"epoch": 0, "a": 3.0}, step=1)
    assert lines(tmp_path) == ["step,epoch,b,a", "0,0,1.0,2.0", "1,0,,3.0"]


def test_a_run_that_logs_nothing_leaves_a_file_without_rows(tmp_path) -> None:
    logger = CsvLogger(tmp_path)
    logger.log_hyperparams({"lr": 1})
    logger.cut_after(0)
    assert read_metrics(tmp_path / "metrics.csv") == []
    logger.log_metrics({"epoch": 0, "train/loss": 0.5}, step=1)
    assert lines(tmp_path) == ["step,epoch,train/loss", "1,0,0.5"]


def test_only_the_first_process_writes(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("lightning_utilities.core.rank_zero.rank_zero_only.rank", 1)
    CsvLogger(tmp_path).log_metrics({"epoch": 0}, step=1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("torn", ["", "step,epoch\n"])
def test_goes_on_from_a_file_without_rows(tmp_path, torn) -> None:
    (tmp_path / "metrics.csv").write_text(torn)
    CsvLogger(tmp_path).log_metrics({"epoch": 0}, step=1)
    assert lines(tmp_path) == ["step,epoch", "1,0"]


def test_a_disk_that_refuses(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"metrics.csv cannot be written: File exists. Checkpoints .* resume="):
        CsvLogger(tmp_path / "file").log_metrics({"epoch": 0}, step=1)
