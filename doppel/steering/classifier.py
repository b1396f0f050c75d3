"""What scores emotions: a list of words, a folder of transformers, or one of our own. Nothing is fetched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from doppel.errors import ModelError
from doppel.steering.lexicon import entries, lexicon_scores

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

Scorer = Callable[[str], Mapping[str, float]]  # text -> emotion -> 0 to 1
LONGEST = 512  # tokens that a classifier reads; the end of a longer text


@cache
def scorer_of(classifier: str | None, wanted: frozenset[str]) -> Scorer:
    """The scorer of a folder, None: the list of words. `wanted`: emotions, all of which it must know.

    Raises: ModelError.
    """
    if classifier is None:
        _require(wanted, entries().keys() - {"negations"}, "the built-in list of words")
        return lexicon_scores
    folder = Path(classifier).expanduser()
    if not (folder / "config.json").is_file():
        raise ModelError(
            f"steering.classifier={classifier} is no folder with a text-classification model of transformers (no "
            "config.json in it): download one first, such as michellejieli/emotion_text_classifier, or type "
            "steering.classifier=null for the built-in list of words"
        )
    return _of_transformers(folder, wanted)


def _of_transformers(folder: Path, wanted: AbstractSet[str]) -> Scorer:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, truncation_side="left")
        model = AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True).eval()
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"steering.classifier={folder} cannot be loaded: {str(error).splitlines()[0]}") from error
    names = [str(model.config.id2label[place]) for place in range(model.config.num_labels)]
    _require(wanted, set(names), str(folder))

    def scores(text: str) -> Mapping[str, float]:
        inputs = tokenizer(text, truncation=True, max_length=LONGEST, return_tensors="pt")
        with torch.inference_mode():
            odds = model(**inputs).logits[0].float().softmax(dim=-1)  # (emotions,)
        return dict(zip(names, odds.tolist(), strict=True))

    return scores


def _require(wanted: AbstractSet[str], known: AbstractSet[str], what: str) -> None:
    if unknown := wanted - known:
        raise ModelError(
            f"steering names {', '.join(sorted(unknown))}, and {what} knows {', '.join(sorted(known))}: type "
            "steering.negative_emotions=[...] steering.positive_emotions=[...] with names of these"
        )
