"""Recalling by vectors, with a random sentence model: what is the same is nearest to itself."""

from pathlib import Path

import pytest

from doppel.errors import ModelError
from doppel.memory.embeddings import Embeddings
from doppel.memory.recollection import Recollection
from tests.memory.said import PAST, asked, option

WORDS = ["matches_questions=false", "min_score=0.999", "question_prefix=''", "passage_prefix=''", "batch_size=2"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from transformers import BertConfig, BertModel

    from doppel.model.byte_tokenizer import byte_tokenizer

    folder, tokenizer = tmp_path_factory.mktemp("sentences"), byte_tokenizer()
    torch.manual_seed(0)
    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16}
    config = BertConfig(vocab_size=len(tokenizer), pad_token_id=tokenizer.pad_token_id, initializer_range=0.5, **size)
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_the_nearest_in_meaning_is_recalled_from_a_kept_index(model: Path, tmp_path: Path) -> None:
    file, made = tmp_path / "embeddings.msgpack", []

    def recollection(*words: str) -> Recollection:
        def samples() -> list:
            made.append(1)
            return PAST

        return option("embeddings", f"model={model}", *WORDS, *words).recollection(samples, "sha", file)

    for _ in range(2):
        (found,) = recollection()(asked("the ship went down in the fog"), "ann", None)
        assert found.words == "the ship went down in the fog"
    assert made == [1]
    recollection("passage_prefix='passage: '")
    assert made == [1, 1]


def test_a_model_that_is_not_there_is_told(tmp_path: Path) -> None:
    embeddings = option("embeddings", f"model={tmp_path}")
    assert isinstance(embeddings, Embeddings)
    with pytest.raises(ModelError, match=r"memory.model=\S+ is no folder with a sentence-embedding model"):
        embeddings.recollection(lambda: PAST, "sha", None)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"memory.model=\S+ cannot be loaded"):
        embeddings.recollection(lambda: PAST, "sha", None)
