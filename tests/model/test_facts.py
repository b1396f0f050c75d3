import hashlib
from pathlib import Path

from doppel.model.facts import model_facts


def test_the_facts_of_a_folder(tiny_causal):
    loaded = tiny_causal.load({"dtype": "float32"})
    folder = Path(loaded.source)
    assert model_facts(loaded) == {
        "source": loaded.source,
        "architecture": "causal",
        "commit": None,
        "parameters": 34_144,
        "config_sha256": hashlib.sha256((folder / "config.json").read_bytes()).hexdigest(),
        "tokenizer_sha256": hashlib.sha256((folder / "tokenizer.json").read_bytes()).hexdigest(),
    }


def test_a_file_that_is_not_there_has_no_hash(tiny_causal):
    loaded = tiny_causal.load({"dtype": "float32"})
    Path(loaded.source, "tokenizer.json").unlink()
    assert model_facts(loaded)["tokenizer_sha256"] is None
