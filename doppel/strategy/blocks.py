"""The blocks of a model: what is gathered and let go of as a whole."""

from __future__ import annotations

from typing import Any

from torch import nn


def blocks_of(model: Any) -> list[nn.Module]:
    """The transformer blocks, outermost first in the order of the model, with an adapter in them or without.

    transformers names their classes (`_no_split_modules`); where it does not, they are the modules of the longest list
    whose members are of one class: every transformer keeps its blocks in such a list.
    """
    named = getattr(model, "_no_split_modules", None) or ()
    found = [module for module in model.modules() if type(module).__name__ in named]
    return found or _longest_list(model)


def _longest_list(model: nn.Module) -> list[nn.Module]:
    lists = [list(module) for module in model.modules() if isinstance(module, nn.ModuleList) and len(module)]
    alike = [members for members in lists if len({type(member) for member in members}) == 1]
    longest = max(alike, key=len, default=[])
    return [member for members in alike if longest and type(members[0]) is type(longest[0]) for member in members]
