"""Replies by llama.cpp from a GGUF of the merged model: quantised, on a CPU or a laptop's GPU."""

from __future__ import annotations

import contextlib
import ctypes
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from doppel.engine.voice import Voice
from doppel.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from doppel.engine.voice import TurnEncoder
    from doppel.generation.sampling import Sampling
    from doppel.types import Briefing, NonNegativeInt, PositiveInt

INSTALL = 'engine=llama_cpp needs llama.cpp: type pip install "doppel[llama_cpp]" (or engine=transformers)'
FOLDER = "gguf"  # in the run's directory
READ_AT_ONCE = 512  # tokens of a prompt in one forward


class LlamaCppEngine(Voice):
    """Speaks as anyone the model knows, with tokens, ends and draws of the run's own: only the scores are llama.cpp's.

    Each of `batch_size` conversations has room for twice the training's tokens, as far as the model reads.
    Raises: ModelError for a file that is none, or of a model with other tokens.
    """

    reads_run = True

    def __init__(
        self,
        run: Path,
        tokenizer: Any,
        encoder: TurnEncoder,
        *,
        file: str | None,
        batch_size: PositiveInt,
        threads: PositiveInt | None,
        gpu_layers: NonNegativeInt,
    ) -> None:
        super().__init__(tokenizer, encoder, batch_size)
        if encoder.architecture != "causal":
            raise ModelError("engine=llama_cpp is for decoder-only models: type engine=transformers")
        self.llama = imported()
        self.llama.llama_backend_init()
        self.file = chosen(run, file)
        with self._closing_on_fault():
            self._open(len(tokenizer), 2 * encoder.max_tokens, threads, gpu_layers)

    def _open(self, tokens: int, wanted: int, threads: int | None, gpu_layers: int) -> None:
        llama = self.llama
        settings = given(llama.llama_model_default_params(), n_gpu_layers=gpu_layers)
        self._model = llama.llama_model_load_from_file(str(self.file).encode(), settings)
        if not self._model:
            raise ModelError(f"llama.cpp cannot read {self.file}: make it again with `doppel gguf RUN`")
        self.vocabulary = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(self._model))
        if self.vocabulary < tokens:
            raise ModelError(
                f"{self.file} knows {self.vocabulary} tokens and this run's tokenizer {tokens}: it is another model's. "
                "Make it of this run with `doppel gguf RUN`"
            )
        self.room = min(wanted, llama.llama_model_n_ctx_train(self._model))
        at_once = max(READ_AT_ONCE, self.batch_size)
        # llama.cpp's own default is 4 threads, whatever the machine has.
        number = torch.get_num_threads() if threads is None else threads
        sizes = {"n_ctx": self.room * self.batch_size, "n_seq_max": self.batch_size}
        sizes |= {"n_batch": at_once, "n_ubatch": at_once, "n_threads": number, "n_threads_batch": number}
        context = given(llama.llama_context_default_params(), **sizes)
        self._context = llama.llama_init_from_model(self._model, context)
        if not self._context:
            raise ModelError(
                f"llama.cpp finds no memory for {self.batch_size} conversations of {self.room} tokens: "
                "type a smaller engine.batch_size"
            )
        self._batch = llama.llama_batch_init(at_once, 0, 1)

    @contextlib.contextmanager
    def _closing_on_fault(self) -> Iterator[None]:
        self._model = self._context = self._batch = None
        try:
            yield
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Gives the memory back."""
        if self._batch is not None:
            self.llama.llama_batch_free(self._batch)
        if self._context:
            self.llama.llama_free(self._context)
        if self._model:
            self.llama.llama_model_free(self._model)
        self._model = self._context = self._batch = None

    def generate(
        self,
        prompts: Sequence[tuple[int, ...]],
        sampling: Sampling,
        seeds: Sequence[int],
        *,
        listener: Callable[[list[list[int]]], None],
        is_stopped: Callable[[int], bool],
        briefings: Sequence[Briefing | None] = (),
    ) -> list[list[int]]:
        """Generated tokens per prompt. Raises: ModelError."""
        room = self._room(max(map(len, prompts)), sampling.max_new_tokens)
        choosing = [self.choosers(sampling, [seed], 0, briefings[row : row + 1]) for row, seed in enumerate(seeds)]
        said: list[list[int]] = [[] for _ in prompts]
        self.llama.llama_memory_clear(self.llama.llama_get_memory(self._context), False)  # noqa: FBT003
        scores = [self._read(row, prompt, lambda row=row: is_stopped(row)) for row, prompt in enumerate(prompts)]
        going = [row for row, own in enumerate(scores) if own is not None]
        while going:
            for row in going:
                said[row].append(self._next(choosing[row], said[row], scores[row]))
            listener([list(ids) for ids in said])
            going = [row for row in going if not self._is_over(row, said[row], room, is_stopped)]
            if going:
                self._decode([(said[row][-1], len(prompts[row]) + len(said[row]) - 1, row, True) for row in going])
                for at, row in enumerate(going):
                    scores[row] = self._scores(at)
        return said

    def _next(self, choosing: Any, said: list[int], scores: Any) -> int:
        return int(choosing(torch.tensor([said], dtype=torch.long), scores).argmax())

    def _is_over(self, row: int, ids: list[int], room: int, is_stopped: Callable[[int], bool]) -> bool:
        return len(ids) >= room or is_stopped(row) or self.ending.read(ids).is_ended

    def _read(self, row: int, prompt: tuple[int, ...], is_stopped: Callable[[], bool]) -> torch.Tensor | None:
        """The scores after the prompt, (1, V); None where nobody waits for them any more."""
        last = len(prompt) - 1
        wanted = [(token, at, row, at == last) for at, token in enumerate(prompt)]
        part: list[tuple[int, int, int, bool]] = []
        for first in range(0, len(wanted), READ_AT_ONCE):
            if is_stopped():
                return None
            part = wanted[first : first + READ_AT_ONCE]
            self._decode(part)
        return self._scores(len(part) - 1)

    def _decode(self, tokens: list[tuple[int, int, int, bool]]) -> None:
        """A forward over (token, position, conversation, whether its scores are wanted). Raises: ModelError."""
        batch = self._batch
        assert batch is not None
        given(batch, n_tokens=len(tokens))
        for at, (token, position, row, is_scored) in enumerate(tokens):
            batch.token[at], batch.pos[at], batch.logits[at] = token, position, is_scored
            batch.n_seq_id[at], batch.seq_id[at][0] = 1, row
        if status := self.llama.llama_decode(self._context, batch):
            raise ModelError(f"llama.cpp could not go on (status {status}): type a smaller engine.batch_size")

    def _scores(self, at: int) -> torch.Tensor:
        """The scores behind the token at this place of the last forward, (1, V), a copy of their own."""
        found = self.llama.llama_get_logits_ith(self._context, ctypes.c_int32(at))
        return torch.from_numpy(np.ctypeslib.as_array(found, shape=(1, self.vocabulary)).copy())

    def _room(self, width: int, wanted: int) -> int:
        """New tokens that fit after the prompt, at most those wanted. Raises: ModelError."""
        room = min(wanted, self.room - width)
        if room < 1:
            raise ModelError(
                f"the prompt has {width} tokens and {self.file} reads {self.room}: no room is left to reply"
            )
        return room


def given(struct: Any, **fields: int) -> Any:
    """A struct of llama.cpp's, with these fields set."""
    for name, value in fields.items():
        setattr(struct, name, value)
    return struct


def chosen(run: Path, file: str | None) -> Path:
    """The GGUF that is named, or else the newest in the run's folder for them. Raises: ModelError."""
    if file is not None:
        named = Path(file).expanduser()
        if not named.is_file():
            raise ModelError(f"engine.file={file} is not there: make it with `doppel gguf {run}`, or leave it out")
        return named
    found = sorted((run / FOLDER).glob("*.gguf"), key=lambda one: one.stat().st_mtime)
    if not found:
        raise ModelError(f"{run} has no GGUF yet: type doppel gguf {run} (or engine=transformers)")
    return found[-1]


def imported() -> Any:
    """The module llama_cpp, silent. Raises: ModelError where it is not installed."""
    try:
        import llama_cpp
        from llama_cpp import _logger
    except ImportError as error:
        raise ModelError(INSTALL) from error
    _logger.set_verbose(False)
    return llama_cpp
