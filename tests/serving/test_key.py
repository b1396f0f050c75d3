from pathlib import Path

import pytest

from doppel.errors import ConfigError
from doppel.serving.key import as_bearer, is_key, read_key

KEY = "a-key-of-more-than-sixteen"


def key_file(folder: Path, words: str, mode: int = 0o600) -> str:
    file = folder / "key"
    file.write_text(words, encoding="utf-8")
    file.chmod(mode)
    return str(file)


def test_the_file_comes_before_the_environment(tmp_path: Path) -> None:
    assert read_key(key_file(tmp_path, f" {KEY}\n"), "MINE", {"MINE": "another-key-as-long"}) == KEY
    assert read_key(None, "MINE", {"MINE": KEY}) == KEY
    assert read_key(None, "MINE", {"OTHER": KEY}) is None
    assert read_key(None, None, {"": KEY}) is None


@pytest.mark.parametrize("words", ["", "short", "fifteen-letters", "with a blank in the middle", "ключ-из-многих-букв"])
def test_what_is_easily_guessed_or_no_header_is_refused_unseen(words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"key_file=.* holds no good key: accepted are 16 or") as refused:
        read_key(key_file(tmp_path, words), None, {})
    assert not words or words not in str(refused.value)
    with pytest.raises(ConfigError, match="the environment variable MINE holds no good key"):
        read_key(None, "MINE", {"MINE": words})


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can be read by others: type chmod 600"):
        read_key(key_file(tmp_path, KEY, 0o640), None, {})


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read_key(str(tmp_path / "none"), None, {})
    (tmp_path / "bytes").write_bytes(b"\xff" * 20)
    (tmp_path / "bytes").chmod(0o600)
    with pytest.raises(ConfigError, match="cannot be read: it is no text"):
        read_key(str(tmp_path / "bytes"), None, {})


@pytest.mark.parametrize(
    ("header", "is_right"),
    [
        (f"Bearer {KEY}".encode(), True),
        (f"bearer  {KEY} ".encode(), True),
        (f"Basic {KEY}".encode(), False),
        (KEY.encode(), False),
        (b"Bearer ", False),
        (b"", False),
        (None, False),
        (b"Bearer \xff\xff", False),
    ],
)
def test_the_header_brings_it(header: bytes | None, is_right: bool) -> None:
    assert is_key(KEY, header) is is_right


@pytest.mark.parametrize(
    ("words", "bearer"),
    [
        (b"Basic bWU6YS1rZXk=", b"Bearer a-key"),
        (b"basic OmE6Yg==", b"Bearer a:b"),
        (b"Basic bWU=", b"Bearer "),
        (b"Basic !!", b"Basic !!"),
        (b"Bearer x", b"Bearer x"),
        (b"", b""),
    ],
)
def test_a_browser_brings_it_as_a_password(words: bytes, bearer: bytes) -> None:
    assert as_bearer(words) == bearer
