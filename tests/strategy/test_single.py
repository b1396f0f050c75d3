import pytest

from doppel.errors import ConfigError
from doppel.strategy.single import single


def test_is_one_device() -> None:
    assert single(devices=1).root_device.type == "cpu"
    with pytest.raises(ConfigError, match="1 device, not 2: type strategy=ddp"):
        single(devices=2)
