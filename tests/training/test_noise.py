import logging
import warnings

import pytest

from doppel.training.noise import silence


def test_leaves_out_the_known_and_nothing_else() -> None:
    silence()
    warnings.warn("`isinstance(treespec, LeafSpec)` is deprecated", FutureWarning, stacklevel=1)
    with pytest.raises(UserWarning, match="news"):
        warnings.warn("news", UserWarning, stacklevel=1)
    assert not logging.getLogger("pytorch_lightning.utilities.rank_zero").isEnabledFor(logging.INFO)
