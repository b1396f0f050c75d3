import logging
import resource
import signal

import pytest
import torch

from doppel.checkpoint.files import WholeFiles, latest, path_of, read, step_of
from doppel.errors import RunError

CONTENT = {"weights": torch.arange(5000), "step": 3}


def saved(folder, *steps) -> None:
    for step in steps:
        WholeFiles().save_checkpoint({**CONTENT, "step": step}, path_of(folder, step))


def test_what_is_saved_is_read(tmp_path) -> None:
    saved(tmp_path / "new folder", 3)
    (file,) = (tmp_path / "new folder").iterdir()
    assert (file.name, step_of(file)) == ("step-00000003.ckpt", 3)
    content = WholeFiles().load_checkpoint(file, weights_only=True)
    assert content["step"] == 3
    assert torch.equal(content["weights"], CONTENT["weights"])
    WholeFiles().remove_checkpoint(file)
    assert not file.exists()


def test_latest_is_the_newest_by_step(tmp_path) -> None:
    assert latest(tmp_path) is None
    assert latest(tmp_path / "missing") is None
    saved(tmp_path, 9, 100, 20)
    assert latest(tmp_path) == path_of(tmp_path, 100)


@pytest.mark.parametrize("damage", ["cut", "empty", "bit"])
def test_a_damaged_newest_falls_back_to_the_one_before(tmp_path, damage, caplog) -> None:
    saved(tmp_path, 1, 2)
    newest = path_of(tmp_path, 2)
    content = bytearray(newest.read_bytes())
    if damage == "bit":
        content[len(content) // 2] ^= 1
    newest.write_bytes({"cut": content[: len(content) // 2], "empty": b"", "bit": content}[damage])
    with caplog.at_level(logging.WARNING):
        assert latest(tmp_path) == path_of(tmp_path, 1)
    (record,) = caplog.records
    assert "step-00000002.ckpt is damaged" in record.getMessage()


def test_reading_a_damaged_file_says_what_to_do(tmp_path) -> None:
    path_of(tmp_path, 1).write_bytes(b"no checkpoint")
    with pytest.raises(RunError, match=r"step-00000001.ckpt is damaged: File is not a zip file. Delete it"):
        read(path_of(tmp_path, 1))


def test_never_runs_code_of_a_checkpoint(tmp_path) -> None:
    class Payload:
        def __reduce__(self):
            return (exit, (1,))

    torch.save({"payload": Payload()}, path_of(tmp_path, 1))
    with pytest.raises(RunError, match="may be code and is not loaded"):
        read(path_of(tmp_path, 1))


def test_a_full_disk_leaves_what_was_saved(tmp_path) -> None:
    saved(tmp_path, 1)
    before = path_of(tmp_path, 1).read_bytes()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limit[1]))
    try:
        refusal = rf"step-00000002.ckpt could not be saved in {tmp_path}: File too large; \d+ bytes are free .* intact"
        with pytest.raises(RunError, match=refusal):
            saved(tmp_path, 2)
        with pytest.raises(RunError, match="File too large"):
            saved(tmp_path, 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, handler)
    assert [file.name for file in tmp_path.iterdir()] == ["step-00000001.ckpt"]
    assert path_of(tmp_path, 1).read_bytes() == before


def test_a_folder_that_cannot_be_written(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="Not a directory"):
        saved(tmp_path / "file" / "checkpoints", 1)
