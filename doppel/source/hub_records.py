"""The records of a data set through `datasets`, and what to do where they cannot be had."""

from __future__ import annotations

import hashlib
import importlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doppel.errors import DataError
from doppel.source.files import File, Files
from doppel.source.json_for_arrow import check_for_arrow

if TYPE_CHECKING:
    from collections.abc import Iterator

BUILDERS = {
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".arrow": "arrow",
}
LONGEST_REASON = 300  # characters
# What the libraries say -> what to do; the first that fits.
WAYS_OUT = (
    ("gated", "Ask for access on its page at huggingface.co, then type: hf auth login"),
    ("scripts are no longer supported", "Its code is never run: type source.revision=refs/convert/parquet"),
    ("trust_remote_code", "Its code is never run: type source.revision=refs/convert/parquet"),
    ("offline", "HF_HUB_OFFLINE is set and it is not in the cache: unset it, or download it first"),
    ("revision", "Type source.revision=null for the newest"),
    ("config", "Type source.name=CONFIG"),
    ("split", "Type source.split=SPLIT"),
    ("reach", "Is there a network? Without one, download it elsewhere and type source.path=FOLDER"),
    ("doesn't exist", "Type source.path=OWNER/NAME as in its address at huggingface.co, or a local file or folder"),
)
OTHERWISE = "For files of your own type source=dialogues, source=pairs or source=table with source.path=FILE"


class HubRecords:
    """The records of one split, one in memory; each iteration reads them anew."""

    def __init__(self, path: str, name: str | None, split: str, revision: str | None) -> None:
        self.path = path
        self.name = name
        self.split = split
        self.revision = revision
        self.label = path if "/" in path and not Path(path).expanduser().exists() else Path(path).name

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Raises: DataError where the data set cannot be had, or breaks off."""
        builder = self._builder
        try:
            records = iter(builder.as_streaming_dataset(split=self.split))
        except Exception as error:
            raise self._unavailable(error) from error
        number = 0
        while True:
            try:
                record = next(records)
            except StopIteration:
                return
            except Exception as error:  # of the network, of pandas, of pyarrow: each format has its own
                raise self._unavailable(error, f", after row {number:,}") from error
            number += 1
            yield record

    def fingerprint(self) -> dict[str, str]:
        """The data set -> sha256. Raises: DataError."""
        files = [str(file) for of_split in (self._builder.config.data_files or {}).values() for file in of_split]
        state = hashlib.sha256(f"{self.path}\n{self.name}\n{self.split}\n{self._builder.hash}".encode())
        for file in files:
            # The address of a remote file has the commit that the revision stands for now.
            is_local = Path(file).is_file()
            state.update((File(Path(file), None, "").sha256() if is_local else file).encode())
        return {f"{self.label}@{self.revision}" if self.revision else self.label: state.hexdigest()}

    @cached_property
    def _builder(self) -> Any:
        if not self.path.strip():  # Path("") would be the folder one happens to be in
            raise DataError(f"source.path={self.path} names no data set. {OTHERWISE}, or source.path=OWNER/NAME")
        datasets = _datasets()
        path = Path(self.path).expanduser()
        files = _local_files(path, self.split)
        for file in files or _files_below(path):
            if BUILDERS.get(file.suffix.lower()) == "json":
                check_for_arrow(File(file, None, OTHERWISE))
        try:
            if not files:
                return datasets.load_dataset_builder(self.path, self.name, revision=self.revision)
            kind = BUILDERS.get(files[0].suffix.lower(), "json")
            more = {"sep": "\t"} if files[0].suffix.lower() == ".tsv" else {}
            return datasets.load_dataset_builder(kind, data_files={self.split: [str(file) for file in files]}, **more)
        except Exception as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: Exception, place: str = "") -> DataError:
        reason = str(error).strip().partition("\n")[0][:LONGEST_REASON] or type(error).__name__
        said = str(error).lower()
        way_out = next((advice for word, advice in WAYS_OUT if word in said), OTHERWISE)
        return DataError(f"The data set {self.path} cannot be read{place}: {reason.rstrip('.')}. {way_out}")


def _files_below(path: Path) -> list[Path]:
    """The files of a local folder. Raises: DataError where it cannot be looked through, or is no data set at all."""
    below = Files(str(path), OTHERWISE) if path.is_dir() else None
    return [file.path for file in below.matching("*")] if below is not None and below.has("*") else []


def _local_files(path: Path, split: str) -> list[Path]:
    """The files of a path that `datasets` cannot open by itself: a single file, or what save_to_disk has written."""
    if path.is_file():
        return [path]
    for folder in (path, path / split):
        if (folder / "state.json").is_file():
            return sorted(folder.glob("*.arrow"))
    return []


def _datasets() -> Any:
    try:
        datasets: Any = importlib.import_module("datasets")
    except ImportError as error:
        raise DataError(
            'source=hub reads through the library datasets, which is not installed: pip install "doppel[hub]"'
        ) from error
    # Streaming gives its class a parent in torch where that is installed: a second and 250 MB for nothing. Version 3
    # reads from the environment whether to run the code that comes with a data set. Of local files, too, it tells
    # huggingface.co that they are loaded, and waits seconds for that where there is no network.
    for switch in ("TORCH_AVAILABLE", "HF_DATASETS_TRUST_REMOTE_CODE", "HF_UPDATE_DOWNLOAD_COUNTS"):
        setattr(datasets.config, switch, False)
    datasets.utils.logging.set_verbosity(datasets.utils.logging.CRITICAL)  # its errors are told by ours
    return datasets
