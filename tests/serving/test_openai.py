import pytest

from doppel.errors import ConfigError
from tests.serving.running import KEY, settings


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5"])
def test_other_addresses_need_a_key(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=f"serving.host={host} can be reached from elsewhere, which needs a key"):
        settings(host=host, key_variable="DOPPEL_TEST_KEY")
    monkeypatch.setenv("DOPPEL_TEST_KEY", KEY)
    assert settings(host=host, key_variable="DOPPEL_TEST_KEY").limits().key == KEY


def test_this_machine_needs_none() -> None:
    assert settings().limits().key is None


def test_a_port_beyond_the_last_is_refused() -> None:
    with pytest.raises(ConfigError, match="the highest port is 65535"):
        settings(port=65536)
