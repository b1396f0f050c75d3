"""The search space: sweep overrides as Optuna distributions, and their values as overrides again."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from hydra.core.override_parser.types import ChoiceSweep, IntervalSweep, RangeSweep
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from hydra_plugins.doppel_optuna._errors import SweepError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hydra.core.override_parser.types import Override

Overrides = tuple[str, ...]


@dataclass(frozen=True)
class Dimension:
    """One swept key: what may be drawn, and every value where these can be listed."""

    distribution: BaseDistribution
    values: Sequence[Any] | None  # None for an interval of floats

    def text(self, value: Any) -> str:
        """The value as it is typed after `key=`."""
        if isinstance(value, str):  # a choice, kept as it was typed
            return value
        if isinstance(value, float) and self.values is not None:  # 0.1 + 2 * 0.1 is not the 0.3 that the range lists
            value = min(self.values, key=lambda listed: abs(listed - value))
        return repr(value)


class Space:
    """Fixed overrides and swept dimensions, in the order typed; the last override of a key wins, as in Hydra's grid."""

    def __init__(self, parsed: Sequence[Override]) -> None:
        last = {override.get_key_element(): override for override in parsed}
        swept = {key: override for key, override in last.items() if override.is_sweep_override()}
        self.dimensions = {key: _dimension(key, override) for key, override in swept.items()}
        self.fixed = tuple(str(override.input_line) for key, override in last.items() if key not in swept)
        if not swept:
            raise SweepError(
                "nothing to vary: no override of this sweep has more than one value.\n"
                "Type one, such as optimizer.lr='tag(log, interval(1e-5, 1e-3))' or adapter.rank=4,8,16."
            )

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        """What may be drawn for each swept key."""
        return {key: dimension.distribution for key, dimension in self.dimensions.items()}

    def overrides(self, params: Mapping[str, Any]) -> Overrides:
        """The overrides of one trial: the fixed ones, then a value for each swept key."""
        return self.fixed + tuple(f"{key}={each.text(params[key])}" for key, each in self.dimensions.items())

    def combinations(self) -> Iterator[dict[str, Any]]:
        """Every combination in the order of a grid; none where a dimension cannot be listed."""
        values = [each.values if each.values is not None else () for each in self.dimensions.values()]
        return (dict(zip(self.dimensions, combination, strict=True)) for combination in itertools.product(*values))


def _dimension(key: str, override: Override) -> Dimension:
    sweep = override.value()
    if isinstance(sweep, IntervalSweep):
        return _interval(key, override.input_line, sweep)
    if isinstance(sweep, ChoiceSweep | RangeSweep) and sweep.shuffle:
        sweep.shuffle = False  # Hydra shuffles by the global generator: a repeated sweep would not be the same
    if isinstance(sweep, RangeSweep):
        return _range(key, override.input_line, sorted(override.sweep_iterator()), is_log="log" in sweep.tags)
    choices = tuple(dict.fromkeys(override.sweep_string_iterator()))
    if not choices:
        raise SweepError(f"nothing to choose from in {override.input_line}")
    return Dimension(CategoricalDistribution(choices), choices)


def _interval(key: str, typed: str | None, sweep: IntervalSweep) -> Dimension:
    low, high = cast("float", sweep.start), cast("float", sweep.end)  # int where cast by int(interval(..))
    is_log = "log" in sweep.tags
    if low >= high:
        raise SweepError(f"an empty interval in {typed}: type {key}='interval({high}, {low})', low end first.")
    if is_log and low <= 0:
        raise SweepError(f"a log interval starts above zero, {typed} starts at {low}.")
    if isinstance(low, int) and isinstance(high, int):
        return Dimension(IntDistribution(low, high, log=is_log), range(low, high + 1))
    return Dimension(FloatDistribution(low, high, log=is_log), None)


def _range(key: str, typed: str | None, values: list[Any], *, is_log: bool) -> Dimension:
    if is_log:
        raise SweepError(f"tag(log, ...) is for an interval, {typed} is a range: type {key}='tag(log, interval(..))'.")
    if not values:
        raise SweepError(f"an empty range in {typed}: it holds start, start + step, ... below stop.")
    step = values[1] - values[0] if len(values) > 1 else 1
    if isinstance(values[0], int):
        return Dimension(IntDistribution(values[0], values[-1], step=step), values)
    # Twelve digits: as binary fractions 0.1 + 0.1 + 0.1 is 0.30000000000000004, and 0.3 - 0.2 is 0.0999...
    values, step = [float(f"{value:.12g}") for value in values], float(f"{step:.12g}")
    return Dimension(FloatDistribution(values[0], values[-1], step=step), values)
