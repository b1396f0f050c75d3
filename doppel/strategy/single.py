"""One process on one device."""

from __future__ import annotations

import torch
from pytorch_lightning.accelerators import CUDAAccelerator
from pytorch_lightning.strategies import SingleDeviceStrategy

from doppel.errors import ConfigError
from doppel.strategy.portable import Portable
from doppel.types import PositiveInt


def single(*, devices: PositiveInt) -> Single:
    """The strategy for one device. Raises: ConfigError for more devices."""
    if devices != 1:
        raise ConfigError(f"strategy=single runs on 1 device, not {devices}: type strategy=ddp")
    return Single()


class Single(Portable, SingleDeviceStrategy):
    """Lightning's own, which learns of its device when the trainer knows it."""

    def __init__(self) -> None:
        super().__init__(device="cpu")

    def setup_environment(self) -> None:
        """Takes the first GPU where the trainer trains on one."""
        if isinstance(self.accelerator, CUDAAccelerator):
            self._root_device = torch.device("cuda", 0)
        super().setup_environment()
