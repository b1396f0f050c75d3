"""What DeepSpeed keeps flat and in parts, as whole tensors by name, and back.

Its optimizers hold, instead of parameters, one flat fp32 tensor for each group (stages 1 and 2) or sub-group (stage 3),
of which each process has a part. DeepSpeed's own functions find a parameter's piece in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.functional import pad

Named = Mapping[str, nn.Parameter]
SHARED_STEP = "step"  # AdamW's count of steps, which is one for all parameters
NESTED = "__bnb_optimizer_quant_state__"  # where bitsandbytes' optimizers put their moments when they are saved


def names_by_group(optimizer: Any, trained: Named) -> list[list[str]]:
    """The names of the parameters of each group, of an optimizer that DeepSpeed has not taken yet."""
    name_of = {id(parameter): name for name, parameter in trained.items()}
    return [[name_of[id(parameter)] for parameter in group["params"]] for group in optimizer.param_groups]


def gathered(optimizer: Any, trained: Named, group_names: list[list[str]]) -> dict[str, Any]:
    """The state of DeepSpeed's optimizer by name, whole and on the CPU; one tensor at a time is gathered."""
    from deepspeed.utils import safe_get_full_optimizer_state

    inner, flat = optimizer.optimizer, _flat_parts(optimizer)[0]
    of_flat = inner.state.get(flat, {})
    in_parts = [key for key, value in of_flat.items() if isinstance(value, Tensor) and value.shape == flat.shape]
    shared = {key: _plain(key, value) for key, value in of_flat.items() if key not in in_parts}
    is_first = distributed.get_rank() == 0
    state: dict[str, dict[str, Any]] = {}
    for name, parameter in trained.items() if of_flat else ():
        state[name] = {key: value.clone() if isinstance(value, Tensor) else value for key, value in shared.items()}
        for key in in_parts:
            value = safe_get_full_optimizer_state(parameter, key)
            assert value is not None
            if is_first:
                state[name][key] = value.cpu()
    groups = [
        {**{key: value for key, value in group.items() if key != "params"}, "params": names}
        for group, names in zip(inner.param_groups, group_names, strict=True)
    ]
    return {"state": state, "param_groups": groups}


def scatter(optimizer: Any, trained: Named, group_names: list[list[str]], saved: Mapping[str, Any]) -> None:
    """Gives DeepSpeed's optimizer a state that `gathered`, or another strategy, has written."""
    inner = optimizer.optimizer
    for group, names, settings in zip(inner.param_groups, group_names, saved["param_groups"], strict=True):
        assert names == settings["params"], "the checkpoint's parameters are grouped otherwise"
        group.update({key: value for key, value in settings.items() if key != "params"})
    if not saved["state"]:
        return
    state = {name: _unnested(values) for name, values in saved["state"].items()}
    name, values = next(iter(state.items()))
    in_parts = [key for key, value in values.items() if isinstance(value, Tensor) and _is_like(value, trained[name])]
    for flat in _flat_parts(optimizer):
        shared = {key: _fitting(inner, key, value) for key, value in values.items() if key not in in_parts}
        inner.state[flat] = {**shared, **{key: torch.zeros_like(flat) for key in in_parts}}
    if hasattr(optimizer, "_lazy_init_hp_params_optimizer_state"):  # stages 1 and 2 link parameters to it
        optimizer._lazy_init_hp_params_optimizer_state()
    for name, parameter in trained.items():
        for key in in_parts:
            _put_state(parameter, state[name][key], key)


def put_master(parameter: Any, value: Tensor) -> None:
    """Gives the fp32 master of a trained parameter a whole value."""
    from deepspeed.utils import safe_set_full_fp32_param, safe_set_local_fp32_param

    if hasattr(parameter, "ds_tensor"):
        safe_set_local_fp32_param(parameter, _own_part(parameter, value))
    else:
        safe_set_full_fp32_param(parameter, value.float())


def gradient_norm(optimizer: Any) -> float:
    """The norm over all processes of the gradients that a step is about to be taken with; nan for non-finite ones."""
    from deepspeed.runtime.utils import combine_grad_norm_groups

    if hasattr(optimizer, "scaled_global_norm"):
        norm = float(optimizer.scaled_global_norm())
    else:
        norm = float(combine_grad_norm_groups(optimizer._get_norm_groups()))
    return norm if norm >= 0 else float("nan")  # DeepSpeed says -1 for what is not finite


def _flat_parts(optimizer: Any) -> list[Tensor]:
    of_stage_3 = getattr(optimizer, "fp32_partitioned_groups_flat", None)
    return of_stage_3 if of_stage_3 is not None else optimizer.single_partition_of_fp32_groups


def _put_state(parameter: Any, value: Tensor, key: str) -> None:
    from deepspeed.utils import safe_set_full_optimizer_state, safe_set_local_optimizer_state

    if hasattr(parameter, "ds_tensor"):
        safe_set_local_optimizer_state(parameter, _own_part(parameter, value), key)
    else:
        safe_set_full_optimizer_state(parameter, value.float(), key)


def _own_part(parameter: Any, value: Tensor) -> Tensor:
    """This process's part of a whole value: the last one is padded (DeepSpeed's own function does not reckon so)."""
    size, flat = parameter.ds_tensor.numel(), value.flatten().float()
    start = size * distributed.get_rank()
    return pad(flat[start : start + size], (0, max(0, min(size, start + size - flat.numel()))))


def _unnested(values: Mapping[str, Any]) -> dict[str, Any]:
    own = {key: value for key, value in values.items() if key != NESTED}
    return {**own, **values.get(NESTED, {})}


def _is_like(value: Tensor, parameter: Any) -> bool:
    return value.shape == getattr(parameter, "ds_shape", parameter.shape)


def _plain(key: str, value: Any) -> Any:
    # DeepSpeedCPUAdam counts in plain numbers, torch's optimizers in fp32 tensors: as these do.
    if key == SHARED_STEP and not isinstance(value, Tensor):
        return torch.tensor(float(value))
    return value.cpu() if isinstance(value, Tensor) else value


def _fitting(inner: Any, key: str, value: Any) -> Any:
    if key == SHARED_STEP and type(inner).__name__ == "DeepSpeedCPUAdam":
        return int(value)
    return value.clone() if isinstance(value, Tensor) else value
