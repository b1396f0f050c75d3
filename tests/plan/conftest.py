import pytest

from doppel.training import noise


@pytest.fixture(autouse=True)
def silence() -> None:
    """As every command begins."""
    noise.silence()
