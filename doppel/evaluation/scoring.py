"""The likelihood of replies after their prompts, in batches; what prompts have in common is read once."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from doppel.evaluation.nouns import Score
from doppel.types import Architecture, PositiveInt, Tokens

LOGITS_AT_ONCE = 512  # positions of which logits are held in fp32
WORTH_SHARING = 64  # tokens that a common beginning must save
LARGEST_DIFFERENCE = 0.1  # nats a token; bf16 differs by 0.02, a cache that is misread by more than 1


class Scorer:
    """Scores tokens with a model, whose mode is afterwards as it was before.

    Of the hidden states only those that predict a reply reach the head: what follows it (soft caps, scales) works on
    them as always. Texts are padded on the right. Where texts of a group begin alike (candidates for one context, a
    few-shot prompt) that beginning is read once and its keys and values are repeated, if the model is seen to give the
    same likelihood in that way.
    """

    def __init__(self, model: Any, architecture: Architecture, pad_id: int, *, batch_tokens: PositiveInt) -> None:
        self._model, self._architecture, self._pad_id = model, architecture, pad_id
        self._batch_tokens = batch_tokens
        has_virtual_tokens = bool(getattr(getattr(model, "active_peft_config", None), "num_virtual_tokens", None))
        can_share = architecture == "causal" and not has_virtual_tokens
        self._shares: bool | None = None if can_share else False

    @torch.inference_mode()
    def __call__(self, group: Sequence[Tokens], told: Callable[[int], None]) -> list[Score]:
        """The score of each text, in order; `told` hears how many more are done."""
        with _evaluating(self._model):
            shared = self._common(group)
            if shared * (len(group) - 1) < WORTH_SHARING or self._shares is False:
                shared = 0
            if shared and self._shares is None:
                self._shares = self._is_same(group[:4], shared)
                shared = shared if self._shares else 0
            cache = self._prefix(group[0], shared) if shared else None
            order = sorted(range(len(group)), key=lambda at: len(group[at].ids) + len(group[at].source_ids))
            scores: dict[int, Score] = {}
            for batch in self._batches(group, order, shared):
                scores.update(zip(batch, self._scored([group[at] for at in batch], shared, cache), strict=True))
                told(len(batch))
        return [scores[at] for at in range(len(group))]

    def _batches(self, group: Sequence[Tokens], order: Sequence[int], shared: int) -> Iterator[list[int]]:
        batch: list[int] = []
        for at in order:
            width = len(group[at].ids) + len(group[at].source_ids) - shared // 2  # attention to a cache costs, too
            if batch and width * (len(batch) + 1) > self._batch_tokens:
                yield batch
                batch = []
            batch.append(at)
        if batch:
            yield batch

    def _common(self, group: Sequence[Tokens]) -> int:
        """Tokens that all texts begin with, none of which is followed by a learnt one."""
        if len(group) < 2 or self._architecture != "causal":
            return 0
        least = min(group, key=lambda one: one.ids).ids
        greatest = max(group, key=lambda one: one.ids).ids
        pairs = zip(least, greatest, strict=False)
        same = next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(least), len(greatest)))
        return max(0, min(same, *(one.is_learnt.index(True) - 1 for one in group)))

    def _is_same(self, group: Sequence[Tokens], shared: int) -> bool:
        plain = self._scored(group, 0, None)
        try:
            cached = self._scored(group, shared, self._prefix(group[0], shared))
        except (TypeError, ValueError, AttributeError, RuntimeError, NotImplementedError):
            return False  # a model without a cache that can be repeated
        return all(
            abs(one.nats - other.nats) <= LARGEST_DIFFERENCE * one.tokens
            for one, other in zip(plain, cached, strict=True)
        )

    def _prefix(self, tokens: Tokens, shared: int) -> Any:
        ids = torch.tensor([tokens.ids[:shared]], device=self._device)
        with _only(self._model, torch.zeros_like(ids, dtype=torch.bool)):
            return self._model(input_ids=ids, use_cache=True).past_key_values

    def _scored(self, batch: Sequence[Tokens], shared: int, cache: Any) -> list[Score]:
        inputs, targets, is_learnt = self._inputs(batch, shared)
        if cache is not None:
            cache = copy.deepcopy(cache)
            cache.batch_repeat_interleave(len(batch))
            inputs |= {"past_key_values": cache, "use_cache": True}
        with _only(self._model, is_learnt) as is_selected:
            logits = self._model(**inputs).logits
        if not is_selected():
            logits = logits[:, -is_learnt.shape[1] :][is_learnt]
        nll, is_likeliest = _judged(logits.reshape(-1, logits.shape[-1]), targets[is_learnt])
        tokens = is_learnt.sum(1).tolist()
        parts = zip(nll.double().cpu().split(tokens), is_likeliest.cpu().split(tokens), strict=True)
        return [Score(float(of.sum()), len(of), tuple(hits.tolist())) for of, hits in parts]

    def _inputs(self, batch: Sequence[Tokens], shared: int) -> tuple[dict[str, Any], Tensor, Tensor]:
        """Arguments of the forward; (B, T) what is to be said at each position; (B, T) whether it is asked for."""
        ids = self._padded([one.ids[shared:] for one in batch])
        if self._architecture == "seq2seq":
            is_learnt = self._padded([one.is_learnt for one in batch], 0).bool()
            sources = self._padded([one.source_ids for one in batch])
            attention = self._padded([(1,) * len(one.source_ids) for one in batch], 0)
            labels = ids.masked_fill(~is_learnt, -100)
            decoder = self._model.prepare_decoder_input_ids_from_labels(labels=labels)
            return {"input_ids": sources, "attention_mask": attention, "decoder_input_ids": decoder}, ids, is_learnt
        attention = self._padded([(1,) * len(one.ids) for one in batch], 0)
        is_learnt = self._padded([(*one.is_learnt[shared + 1 :], False) for one in batch], 0).bool()
        targets = torch.cat([ids[:, 1:], ids[:, :1]], 1)
        return {"input_ids": ids, "attention_mask": attention, "use_cache": False}, targets, is_learnt

    def _padded(self, rows: Sequence[Sequence[int]], value: int | None = None) -> Tensor:
        tensors = [torch.tensor(row, dtype=torch.int64) for row in rows]
        filler = self._pad_id if value is None else value
        return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=filler).to(self._device)

    @property
    def _device(self) -> torch.device:
        return self._model.get_input_embeddings().weight.device


def _judged(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """(N,) negative log-likelihood of each target; (N,) whether no other token is likelier."""
    nll, is_likeliest = [], []
    for some, aims in zip(logits.split(LOGITS_AT_ONCE), targets.split(LOGITS_AT_ONCE), strict=True):
        nll.append(functional.cross_entropy(some.float(), aims, reduction="none"))
        is_likeliest.append(some.gather(1, aims[:, None])[:, 0] >= some.amax(1))
    return torch.cat(nll), torch.cat(is_likeliest)


@contextmanager
def _only(model: Any, is_wanted: Tensor) -> Iterator[Callable[[], bool]]:
    """Inside, the head is given hidden states of the wanted positions alone, (1, N, H); tells whether it was."""
    head, seen = model.get_output_embeddings(), []

    def select(_module: Any, arguments: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        seen.append(True)
        hidden = arguments[0][:, -is_wanted.shape[1] :]  # without the vectors of a trained prompt
        return (hidden[is_wanted][None], *arguments[1:])

    handle = None if head is None else head.register_forward_pre_hook(select)
    try:
        yield lambda: bool(seen)
    finally:
        if handle is not None:
            handle.remove()


@contextmanager
def _evaluating(model: Any) -> Iterator[None]:
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, was_training in modes:
            module.training = was_training
