"""The systems that are evaluated, one after another in memory: retrieval, base, few-shot, result."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from doppel.commands.evidence import Evidence
from doppel.commands.name_tokens import with_names
from doppel.commands.show import console
from doppel.config.build import build
from doppel.errors import RunError
from doppel.evaluation.nouns import BASE, FEW_SHOT, RESULT, RETRIEVAL, Moment
from doppel.evaluation.retrieval import Retrieval
from doppel.run.directory import RunDirectory
from doppel.types import Turn


def require_result(run: RunDirectory, trained: dict[str, Any]) -> None:
    """Returns when the run has left something to evaluate. Raises: RunError."""
    # The name of the folder is the adapter's own, but asking it would load torch.
    if any((run.path / name).is_dir() for name in ("adapter", "model", "layers")):
        return
    adapter = trained["adapter"]["_target_"].rpartition(".")[2]
    raise RunError(
        f"{run.path} has nothing to evaluate yet: it is {run.status()['state']}, and what {adapter} would leave is "
        f"missing. Type doppel train resume={run.path} to let it finish"
    )


def systems_of(
    run: RunDirectory, trained: dict[str, Any], config: dict[str, Any], evidence: Evidence
) -> Iterator[tuple[str, Any]]:
    """(name, system), the baselines that are wanted first: an adapter changes the base that it is put on.

    Raises: ModelError, RunError.
    """
    if RETRIEVAL in config["baselines"]:
        yield RETRIEVAL, Retrieval(evidence.learnt, turns=config["retrieval_turns"])
    import torch  # comes in here, and not before

    from doppel.commands.learner import Learner
    from doppel.commands.same import same_model

    learner = Learner(with_names(trained, run.data_file("train")))
    folder: Path = run.path / learner.adapter.folder_name
    if not folder.is_dir():
        raise RunError(f"{run.path} has no {learner.adapter.folder_name}/: it is {run.status()['state']}")
    console().print(f"loading {trained['model']['_target_'].rpartition('.')[2]} ...", markup=False)
    base = learner.load().model
    same_model(run, learner)
    is_movable = torch.cuda.is_available() and trained["precision"]["quantization"] is None
    if is_movable:
        base = base.to("cuda")
    with _bar() as told:
        if BASE in config["baselines"]:
            yield BASE, _system(learner, config, base, partial(told, BASE))
        if FEW_SHOT in config["baselines"]:
            yield FEW_SHOT, _few_shot(learner, config, base, evidence.shots, partial(told, FEW_SHOT))
        model = learner.adapter.load(base, folder)
        yield RESULT, _system(learner, config, model.to("cuda") if is_movable else model, partial(told, RESULT))


def _system(learner: Any, config: dict[str, Any], model: Any, told: Any, **options: Any) -> Any:
    from doppel.commands.asking import Asking
    from doppel.evaluation.scoring import Scorer

    encoder = options.pop("encoder", learner.encoder)
    pad_id, context = learner.tokenizer.pad_token_id or 0, learner.option.context()
    return Asking(
        encoder,
        Scorer(model, learner.architecture, pad_id, batch_tokens=config["batch_tokens"]),
        build(config["engine"], model, learner.tokenizer, encoder),
        build(config["generation"]),
        seed=config["seed"],
        told=told,
        longest_tokens=None if context is None else context - getattr(learner.adapter, "num_virtual_tokens", 0),
        **options,
    )


def _few_shot(learner: Any, config: dict[str, Any], base: Any, shots: tuple[Turn, ...], told: Any) -> Any:
    """The base with examples before each context, which is cut so that they stay in the prompt."""
    from doppel.markup.encoder import Encoder

    wanted, context = config["few_shot"], learner.option.context()
    max_tokens = learner.encoder.max_tokens + wanted["max_tokens"]
    encoder = Encoder(
        learner.encoder.markup,
        learner.tokenizer,
        architecture=learner.architecture,
        max_tokens=max_tokens if context is None else min(max_tokens, context),
    )

    def with_shots(moment: Moment) -> tuple[Turn, ...]:
        return (*shots, *moment.turns[-wanted["context_turns"] :])

    return _system(learner, config, base, told, encoder=encoder, context=with_shots, is_prompted=True)


@contextmanager
def _bar() -> Generator[Callable[[str, str, int], Callable[[int], None]]]:
    """A progress bar; where there is no terminal, a line for each piece of work."""
    screen = console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:

        def told(system: str, what: str, number: int) -> Callable[[int], None]:
            if not number:
                return lambda _: None
            if progress.disable:
                screen.print(f"{system}: {what} {number:,} replies", markup=False)
            return partial(progress.advance, progress.add_task(f"{system}: {what} replies", total=number))

        yield told
