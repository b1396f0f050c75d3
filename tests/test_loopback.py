import pytest

from doppel.loopback import is_loopback


@pytest.mark.parametrize(
    ("host", "is_so"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("192.168.1.5", False),
        ("localhost.example", False),
    ],
)
def test_only_this_machine_is_loopback(host: str, is_so: bool) -> None:
    assert is_loopback(host) is is_so
