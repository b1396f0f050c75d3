"""The loss at the head: logits of learnt tokens alone, a chunk of them at a time, exact to the plain loss."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from doppel.types import NOT_LEARNT

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)
# Of logits (N, V) of what is learnt, and (B, T) where that is; of the head, its own forward, hidden (N, H), the same.
Plainly = Callable[[Tensor, Tensor], Tensor]
AtHead = Callable[[nn.Module, Callable[[Tensor], Tensor], Tensor, Tensor], Tensor]


class LearntLoss:
    """Calls a model and gives the negative log-likelihood of what is learnt, in nats, fp32, summed by weights.

    For the time of a call the head's own `forward` is one that answers with the loss instead of logits. So whatever
    stands before the head (T5's scaling), within it (PEFT) or around it (the hooks by which FSDP and ZeRO gather
    weights) does its work, and logits are made for learnt positions alone, chunk_tokens at a time: no (T, V) tensor
    exists, in fp32 or otherwise. (Chunks: Liger Kernel's fused linear cross entropy, Hsu et al., 2024.)

    Models that change logits after their head (soft caps, scales, BART's bias) give back something else than the head
    gave; then the call is repeated the plain way, and so are all later ones.
    """

    def __init__(self, chunk_tokens: int) -> None:
        self._chunk_tokens = chunk_tokens
        self._is_plain: bool | None = None  # None: not known before the first call

    def __call__(self, model: Any, inputs: dict[str, Any], targets: Tensor, weights: Tensor | None = None) -> Tensor:
        """The loss of (B, T) targets, each of what the head says at its place; NOT_LEARNT where nothing is learnt."""

        def plainly(logits: Tensor, is_learnt: Tensor) -> Tensor:
            return _nll(logits, targets[is_learnt], None if weights is None else weights[is_learnt])

        def at_head(head: nn.Module, forward: Callable[[Tensor], Tensor], hidden: Tensor, is_learnt: Tensor) -> Tensor:
            their_weights = None if weights is None else weights[is_learnt]
            return self._loss(head, forward, hidden, targets[is_learnt], their_weights)

        return self._asked(model, inputs, targets, plainly, at_head).sum()

    def of_rows(self, model: Any, inputs: dict[str, Any], targets: Tensor) -> Tensor:
        """(B,) the loss of each row; a chunk's logits are made once more in the backward."""

        def plainly(logits: Tensor, is_learnt: Tensor) -> Tensor:
            return _by_row(functional.cross_entropy(logits.float(), targets[is_learnt], reduction="none"), is_learnt)

        def at_head(_: nn.Module, forward: Callable[[Tensor], Tensor], hidden: Tensor, is_learnt: Tensor) -> Tensor:
            parts = zip(hidden.split(self._chunk_tokens), targets[is_learnt].split(self._chunk_tokens), strict=True)
            each = [_checkpointed(_nll_of_each, forward, *part) for part in parts]
            return _by_row(torch.cat(each), is_learnt) + hidden.sum(dtype=torch.float32) * 0  # keeps the graph whole

        return self._asked(model, inputs, targets, plainly, at_head)

    def _asked(self, model: Any, inputs: dict[str, Any], targets: Tensor, plainly: Plainly, at_head: AtHead) -> Tensor:
        if self._is_plain is None:
            # A second try must draw what the first one drew: else a resumed run, which tries again, goes another way.
            states = torch.get_rng_state(), torch.cuda.get_rng_state() if torch.cuda.is_available() else None
            loss = _at_the_head(model, inputs, targets, at_head)
            self._is_plain = loss is None
            if loss is not None:
                return loss
            log.info("%s changes logits after its head: they are made for all tokens", type(model).__name__)
            torch.set_rng_state(states[0])
            if states[1] is not None:
                torch.cuda.set_rng_state(states[1])
        if self._is_plain:
            is_learnt = targets != NOT_LEARNT
            return plainly(_last(model(**inputs).logits, targets)[is_learnt], is_learnt)
        loss = _at_the_head(model, inputs, targets, at_head)
        assert loss is not None, "what follows the head has changed between two calls"
        return loss

    def _loss(
        self,
        head: nn.Module,
        forward: Callable[[Tensor], Tensor],
        hidden: Tensor,
        targets: Tensor,
        weights: Tensor | None,
    ) -> Tensor:
        if _is_plain_linear(head) and _arithmetic(hidden) != torch.float16:
            assert isinstance(head, nn.Linear)
            return _LinearLoss.apply(hidden, head.weight, head.bias, targets, weights, self._chunk_tokens)
        # Low-rank matrices beside the head, rows trained apart, and fp16, whose gradients must be scaled on their way:
        # a chunk's logits are made once more in the backward.
        loss = hidden.sum(dtype=torch.float32) * 0  # keeps the graph whole where nothing is learnt
        for at in range(0, len(targets), self._chunk_tokens):
            chunk = slice(at, at + self._chunk_tokens)
            parts = hidden[chunk], targets[chunk], None if weights is None else weights[chunk]
            loss = loss + _checkpointed(_nll_of_hidden, forward, *parts)
        return loss


class _LinearLoss(torch.autograd.Function):
    """The summed loss over a linear head; gradients are made in the forward, while a chunk's logits are there.

    So nothing of the logits is kept and nothing is made twice: the backward multiplies by the gradient of the loss.
    """

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        targets: Tensor,
        weights: Tensor | None,
        chunk_tokens: int,
    ) -> Tensor:
        """hidden (N, H), weight (V, H), bias (V,) or None, targets (N,), weights (N,) or None."""
        needs_hidden, needs_weight, needs_bias = ctx.needs_input_grad[:3]
        dtype = _arithmetic(hidden)
        # Where matrices are trained, each chunk adds to their gradient: in fp32, as one product would.
        of_hidden = torch.zeros_like(hidden) if needs_hidden else None
        of_weight = torch.zeros_like(weight, dtype=torch.float32) if needs_weight else None
        of_bias = torch.zeros_like(bias, dtype=torch.float32) if needs_bias and bias is not None else None
        loss = torch.zeros((), dtype=torch.float32, device=hidden.device)
        with torch.autocast(hidden.device.type, enabled=False):
            cast_weight, cast_bias = weight.to(dtype), None if bias is None else bias.to(dtype)
            for at in range(0, len(targets), chunk_tokens):
                chunk = slice(at, at + chunk_tokens)
                part, aims = hidden[chunk].to(dtype), targets[chunk, None]
                scores = functional.linear(part, cast_weight, cast_bias).log_softmax(1, dtype=torch.float32)
                nll = scores.gather(1, aims)[:, 0].neg_()
                factors = None if weights is None else weights[chunk]
                loss += nll.sum() if factors is None else nll @ factors
                if not (needs_hidden or needs_weight or needs_bias):
                    continue
                gradient = scores.exp_().scatter_add_(1, aims, torch.full_like(nll[:, None], -1))
                if factors is not None:
                    gradient *= factors[:, None]
                if of_bias is not None:
                    of_bias += gradient.sum(0)
                gradient = gradient.to(dtype)
                if of_hidden is not None:
                    of_hidden[chunk] = gradient @ cast_weight
                if of_weight is not None:
                    of_weight += gradient.T @ part
        ctx.gradients = of_hidden, of_weight, of_bias
        ctx.dtypes = weight.dtype, None if bias is None else bias.dtype
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, of_loss: Tensor) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The gradients of the forward, times that of the loss."""
        of_hidden, of_weight, of_bias = ctx.gradients
        del ctx.gradients
        return (
            None if of_hidden is None else of_hidden.mul_(of_loss),
            None if of_weight is None else of_weight.mul_(of_loss).to(ctx.dtypes[0]),
            None if of_bias is None else of_bias.mul_(of_loss).to(ctx.dtypes[1]),
            None,
            None,
            None,
        )


def _at_the_head(model: Any, inputs: dict[str, Any], targets: Tensor, at_head: AtHead) -> Tensor | None:
    """(N,) what is answered at the head; None where the model has no head of its own, or does more after it."""
    head = model.get_output_embeddings()
    if head is None:
        return None
    is_learnt = targets != NOT_LEARNT
    given: list[Tensor] = []

    def answer(forward: Callable[[Tensor], Tensor], hidden: Tensor) -> Tensor:
        given.append(at_head(head, forward, _last(hidden, targets)[is_learnt], is_learnt).reshape(1, -1, 1))
        return given[-1]

    with _forward_of(head, answer):
        logits = model(**inputs).logits
    # The same memory, if not the same object (ZeRO's hooks make views): nothing was reckoned after the head. The loss
    # is taken from what came out, not from what went in, as FSDP hangs its hooks on that.
    is_untouched = len(given) == 1 and logits.data_ptr() == given[0].data_ptr()
    return logits.flatten() if is_untouched else None


@contextmanager
def _forward_of(head: nn.Module, answer: Callable[[Callable[[Tensor], Tensor], Tensor], Tensor]) -> Iterator[None]:
    """Inside, the head's forward is `answer`, which is given the head's own; hooks are called as always."""
    own, is_its_own = head.forward, "forward" in vars(head)
    head.forward = lambda hidden: answer(own, hidden)
    try:
        yield
    finally:
        if is_its_own:
            head.forward = own
        else:
            del head.forward


def _is_plain_linear(head: nn.Module) -> bool:
    # FSDP makes a class of its own for a sharded layer, which inherits all of this.
    return isinstance(head, nn.Linear) and type(head).forward is nn.Linear.forward


def _arithmetic(hidden: Tensor) -> torch.dtype:
    """The dtype of a product with these, as autocast would have it."""
    device = hidden.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else hidden.dtype


def _last(values: Tensor, targets: Tensor) -> Tensor:
    """(B, T, ...) of (B, P + T, ...): what belongs to the text, without the P positions of a trained prompt."""
    return values[:, -targets.shape[1] :]


def _nll_of_hidden(
    forward: Callable[[Tensor], Tensor], hidden: Tensor, targets: Tensor, weights: Tensor | None
) -> Tensor:
    return _nll(forward(hidden), targets, weights)


def _nll_of_each(forward: Callable[[Tensor], Tensor], hidden: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(forward(hidden).float(), targets, reduction="none")


def _checkpointed(function: Callable[..., Tensor], *arguments: Any) -> Tensor:
    """What the function gives; what it needs for the backward is made once more then."""
    if torch.is_grad_enabled():
        return checkpoint(function, *arguments, use_reentrant=False)
    return function(*arguments)


def _by_row(nll: Tensor, is_learnt: Tensor) -> Tensor:
    """(B,) the sums of (N,) values that stand where (B, T) is true."""
    return torch.zeros(is_learnt.shape, dtype=nll.dtype, device=nll.device).masked_scatter(is_learnt, nll).sum(1)


def _nll(logits: Tensor, targets: Tensor, weights: Tensor | None) -> Tensor:
    nll = functional.cross_entropy(logits.float(), targets, reduction="sum" if weights is None else "none")
    return nll if weights is None else nll @ weights
