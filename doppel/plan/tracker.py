"""Writes down what a training step allocates and computes, while it runs on whatever device."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from doppel.plan.leaves import tensors_in
from doppel.plan.trace import Category, Phase, Storage, Trace, Work

BLOCK = 512  # bytes: what torch's CUDA allocator rounds up to
Run = Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]
# Memory that a kernel takes for itself and no tensor shows: operation -> bytes, from its arguments and output.
Workspaces = dict[str, Callable[[tuple[Any, ...], Any], int]]
Counts = dict[str, Callable[[tuple[Any, ...], Any], int]]  # operation -> floating-point operations


class Tracker(TorchDispatchMode):
    """A mode that logs births and deaths of storages on one kind of device, and the work of every operation.

    `run` is how an operation is carried out, where that is not as torch would.
    """

    def __init__(
        self,
        device: str,
        run: Run | None = None,
        workspaces: Workspaces | None = None,
        counts: Counts | None = None,
        *,
        rounds_up: bool = True,
    ) -> None:
        super().__init__()
        self.trace = Trace()
        self._device, self._run, self._rounds_up = device, run or _plainly, rounds_up
        self._workspaces, self._counts = workspaces or {}, counts or {}
        self._live: dict[int, Storage] = {}
        self._watches: dict[int, Any] = {}
        self._phase: Phase = "setup"
        self._phase_start = 0
        self._step = 0
        self._modules: list[str] = []
        self._names: dict[int, str] = {}
        self._handles: list[Any] = []

    def __enter__(self) -> Tracker:
        before, after = self._enter_module, self._leave_module
        self._handles = [register_module_forward_pre_hook(before), register_module_forward_hook(after)]
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        for handle in self._handles:
            handle.remove()

    def meet(self, model: nn.Module, quantisation_state: Iterable[tuple[str, Tensor]]) -> None:
        """Counts the model's own tensors, whose names say where whatever follows was made."""
        self._names = {id(module): name for name, module in model.named_modules()}
        for name, tensor in (*model.named_parameters(), *model.named_buffers()):
            self._add(tensor, name, "loading", "weights")
        for name, tensor in quantisation_state:
            self._add(tensor, name, "loading", "quantisation state")
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.register_post_accumulate_grad_hook(self._mark_gradient)

    def begin(self, phase: Phase) -> None:
        """Says what begins. What a forward leaves behind is what its backward needs: activations."""
        if self._phase == "forward":
            for storage in self._live.values():
                if storage.born >= self._phase_start and storage.category == "temporaries":
                    storage.category = "activations"
        self._phase, self._phase_start = phase, self.trace.clock
        self._modules.clear()

    def end_step(self, state: Iterable[Tensor]) -> None:
        """Says that an optimizer has taken a step, and which tensors it keeps."""
        for tensor in state:
            self.mark(tensor, "optimizer")
        self._step += 1

    def mark(self, tensor: Tensor, category: Category) -> None:
        """Says what a tensor's memory is for."""
        storage = self._live.get(tensor.untyped_storage()._cdata)
        if storage is not None and storage.category in ("temporaries", "activations"):
            storage.category = category

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = self._run(func, args, kwargs or {})
        made = False
        for tensor in tensors_in(out):
            made |= self._add(tensor, None, func._overloadpacket.__name__, None)
        self._count(func, args, kwargs or {}, out, made=made)
        return out

    def _add(self, tensor: Tensor, module: str | None, operation: str, category: Category | None) -> bool:
        if tensor.device.type != self._device:
            return False
        memory = tensor.untyped_storage()
        key = memory._cdata
        if key in self._live:
            return False
        size = memory.nbytes()
        size = -(-size // BLOCK) * BLOCK if self._rounds_up else size
        kind = category or self._category()
        place = self._place() if module is None else module
        storage = self._born(size, place, operation, tuple(tensor.shape), str(tensor.dtype)[6:], kind)
        self._live[key] = storage
        self._watches[key] = weakref.ref(memory, lambda _: self._die(key, storage))
        return True

    def _born(
        self, size: int, module: str, operation: str, shape: tuple[int, ...], dtype: str, category: Category
    ) -> Storage:
        self.trace.clock += 1
        storage = Storage(size, self.trace.clock, self._phase, module, operation, shape, dtype, category)
        self.trace.storages.append(storage)
        return storage

    def _die(self, key: int, storage: Storage) -> None:
        if self._live.get(key) is storage:
            del self._live[key], self._watches[key]
        self.trace.clock += 1
        storage.died = self.trace.clock

    def _category(self) -> Category:
        # What a backward makes with gradients on is a forward made once more: activations.
        is_recomputed = self._phase == "backward" and torch.is_grad_enabled()
        return "activations" if is_recomputed else "temporaries"

    def _place(self) -> str:
        if self._modules:
            return self._modules[-1]
        node = torch._C._current_autograd_node()
        return self._phase if node is None else node.name()

    def _count(self, func: Any, args: Any, kwargs: Any, out: Any, *, made: bool) -> None:
        name = func._overloadpacket.__name__
        workspace = self._workspaces.get(name)
        if workspace is not None:
            size = workspace(args, out)
            self.trace.clock += 1
            storage = self._born(size, self._place(), name, (size,), "uint8", "temporaries")
            self.trace.clock += 1
            storage.died = self.trace.clock
        operations = self._operations(func, args, kwargs, out)
        if not (made or operations or func._schema.is_mutable):
            return  # a view
        tensors = tensors_in((args, kwargs, out))
        traffic = sum(tensor.nbytes for tensor in tensors if tensor.device.type == self._device)
        bits = max((8 * one.element_size() for one in tensors if one.is_floating_point()), default=8)
        part = self._step, self._phase == "step"
        self.trace.work.setdefault(part, Counter())[Work(operations, traffic, bits)] += 1

    def _operations(self, func: Any, args: Any, kwargs: Any, out: Any) -> int:
        own = self._counts.get(func._overloadpacket.__name__)
        if own is not None:
            return own(args, out)
        counted = flop_registry.get(func._overloadpacket)
        return 0 if counted is None else int(counted(*args, **kwargs, out_val=out))

    def _mark_gradient(self, parameter: Tensor) -> None:
        if parameter.grad is not None:
            self.mark(parameter.grad, "gradients")

    def _enter_module(self, module: nn.Module, _inputs: Any) -> None:
        self._modules.append(self._names.get(id(module), type(module).__name__))

    def _leave_module(self, _module: nn.Module, _inputs: Any, _output: Any) -> None:
        if self._modules:  # a phase may have begun within it, and a checkpoint ends a forward where it has enough
            self._modules.pop()


def _plainly(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return func(*args, **kwargs)
