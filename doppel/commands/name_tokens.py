"""Which names become tokens of their own: those that are said most often in what is learnt."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from doppel.markup.naming import in_one_line
from doppel.run.samples import each_sample


def with_names(config: dict[str, Any], samples: Path) -> dict[str, Any]:
    """The config with names in the place of their number, in order of how often they head a turn of the samples."""
    wanted = config["name_tokens"]
    if isinstance(wanted, int):
        names = most_frequent(samples, wanted) if wanted else []
    else:
        names = list(dict.fromkeys(filter(None, map(in_one_line, wanted))))
    return {**config, "name_tokens": names}


def most_frequent(samples: Path, number: int) -> list[str]:
    """At most so many names; of equally frequent ones the first by alphabet."""
    counts = Counter(in_one_line(turn.speaker_name) for sample in each_sample(samples) for turn in sample.turns)
    del counts[""]
    return [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:number]]
