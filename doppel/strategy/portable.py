"""One format of checkpoints for every strategy: whole tensors by the names of the parameters, in one file.

So a run that was spread one way goes on spread another way, or over another number of processes, and what a checkpoint
holds is what a plain model loads: nothing has to be consolidated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import torch
from pytorch_lightning.strategies import Strategy
from torch import Tensor, nn

if TYPE_CHECKING:
    from torch.optim import Optimizer

    Base = Strategy
else:
    Base = object

QUANTISED = ("Params4bit", "Int8Params")  # bitsandbytes' parameters, by name: it belongs to precision
NOTHING = torch.empty(0)  # in the place of what the first process alone writes


class Portable(Base):
    """Beside one of Lightning's strategies: how it spreads a model, and how its parts become whole again.

    As it stands, for strategies under which each process has all of the model. All processes call all of it together.
    """

    is_sharded = False  # whether a process has a part of the weights alone, so that all must take part in a forward

    def spread(self, model: nn.Module) -> nn.Module:
        """The model as this process is to hold it; called once, when it is built and the processes know each other."""
        return model

    def whole(self, parameter: Tensor) -> Tensor:
        """All of a trained parameter, on the CPU; for other processes than the first it need not be anything."""
        return parameter.detach().cpu()

    def put(self, parameter: Tensor, value: Tensor) -> None:
        """Gives a trained parameter a whole value."""
        with torch.no_grad():
            parameter.copy_(value)

    def whole_state(self, parameter: Tensor, value: Any) -> Any:  # noqa: ARG002
        """One value of the optimizer's state of a parameter, whole and on the CPU."""
        return value.detach().cpu() if isinstance(value, Tensor) else value

    def own_state(self, parameter: Tensor, value: Any) -> Any:  # noqa: ARG002
        """This process's part of such a value."""
        return value

    def gradient_norm(self, gradients: Iterable[Tensor]) -> float:
        """The norm of the gradients of a step over all processes, before they are clipped."""
        return float(torch.nn.utils.get_total_norm(gradients))

    def trained(self) -> dict[str, nn.Parameter]:
        """The trained parameters by name."""
        assert self.lightning_module is not None
        return {name: value for name, value in self.lightning_module.named_parameters() if value.requires_grad}

    def lightning_module_state_dict(self) -> dict[str, Any]:
        """The trained parameters, whole and on the CPU: one at a time is gathered."""
        return {name: self.whole(parameter) for name, parameter in self.trained().items()}

    def load_model_state_dict(self, checkpoint: Mapping[str, Any], strict: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002
        """Puts the trained parameters of a checkpoint in their places; that they are the same ones is known before."""
        for name, parameter in self.trained().items():
            self.put(parameter, checkpoint["state_dict"][name])

    def result(self) -> dict[str, Tensor] | None:
        """All of the trained model for whoever saves it, by the names and in the dtypes it has in itself.

        None where the model in this process has it all.
        """
        if not self.is_sharded:
            return None
        assert self.lightning_module is not None
        model: Any = self.lightning_module.model
        kept = model.state_dict().keys()
        buffers = {name: buffer.cpu() for name, buffer in model.named_buffers() if name in kept}
        names = {id(parameter): name for name, parameter in model.named_parameters()}
        return buffers | {
            names[id(parameter)]: self.whole(parameter).to(parameter.dtype) for parameter in self.trained().values()
        }

    def optimizer_state(self, optimizer: Optimizer) -> dict[str, Any]:
        """The optimizer's state by the names of the parameters, whole and on the CPU."""
        inner: Any = getattr(optimizer, "_optimizer", optimizer)
        names, parameters = self._in_order(inner)
        packed = inner.state_dict()
        state = {
            names[index]: {key: self.whole_state(parameters[index], value) for key, value in values.items()}
            for index, values in packed["state"].items()
        }
        groups = [{**group, "params": [names[index] for index in group["params"]]} for group in packed["param_groups"]]
        return {"state": state, "param_groups": groups}

    def load_optimizer_state_dict(self, checkpoint: Mapping[str, Any]) -> None:
        """Takes the state of a checkpoint, whichever strategy has written it."""
        for optimizer, saved in zip(self.optimizers, checkpoint["optimizer_states"], strict=True):
            names, parameters = self._in_order(optimizer)
            index_of = {name: index for index, name in enumerate(names)}
            state = {
                index_of[name]: {
                    key: self.own_state(parameters[index_of[name]], value) for key, value in values.items()
                }
                for name, values in saved["state"].items()
            }
            groups = [
                {**group, "params": [index_of[name] for name in group["params"]]} for group in saved["param_groups"]
            ]
            optimizer.load_state_dict({"state": state, "param_groups": groups})

    @property
    def lightning_restore_optimizer(self) -> bool:
        """That Lightning hands over the optimizer's state, under every strategy."""
        return True

    def save_checkpoint(self, checkpoint: dict[str, Any], filepath: Any, storage_options: Any = None) -> None:
        """Writes the file, from the first process."""
        Strategy.save_checkpoint(self, checkpoint, filepath, storage_options)

    def load_checkpoint(self, checkpoint_path: Any, weights_only: bool | None = None) -> dict[str, Any]:  # noqa: FBT001
        """The content of the file, in every process."""
        return Strategy.load_checkpoint(self, checkpoint_path, weights_only)

    def _move_quantised(self, model: nn.Module) -> None:
        """Moves a model with quantised weights to where it is to be, whole: slices do not take their scales along."""
        if any(type(parameter).__name__ in QUANTISED for parameter in model.parameters()):
            nn.Module.to(model, self.root_device)  # transformers' own `to` refuses quantised models

    def _move_buffers(self, model: nn.Module) -> None:
        for module in model.modules():
            for name, buffer in module._buffers.items():
                module._buffers[name] = None if buffer is None else buffer.to(self.root_device)

    def _in_order(self, optimizer: Any) -> tuple[list[str], list[Tensor]]:
        """Names and parameters in the order in which the optimizer numbers them."""
        name_of = {id(parameter): name for name, parameter in self.trained().items()}
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        return [name_of[id(parameter)] for parameter in parameters], parameters
