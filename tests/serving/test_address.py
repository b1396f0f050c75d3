import socket

import pytest

from doppel.errors import ConfigError, RunError
from doppel.serving.address import bound, url


def test_an_address_is_shown_as_it_is_typed() -> None:
    assert (url("127.0.0.1", 8000), url("::1", 80)) == ("http://127.0.0.1:8000", "http://[::1]:80")


def test_a_port_in_use_is_told() -> None:
    with bound("127.0.0.1", 0, "serving") as first:
        port = first.getsockname()[1]
        with pytest.raises(RunError, match=f"port {port} of 127.0.0.1 is in use by another program: stop it, or type"):
            bound("127.0.0.1", port, "serving")
    with bound("127.0.0.1", port, "serving") as again:
        assert again.family == socket.AF_INET


@pytest.mark.parametrize("host", ["203.0.113.7", "no.such.name.invalid", "a" * 300, "\u00e4.."])
def test_an_address_of_nobody_here_is_told(host: str) -> None:
    with pytest.raises(ConfigError, match="is no address of this machine: type serving"):
        bound(host, 0, "serving")
