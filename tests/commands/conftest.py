from pathlib import Path

import pytest

from tests import driving


@pytest.fixture(scope="session")
def run_of_many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one step on more than a thousand samples, in which who is there is told."""
    cwd = tmp_path_factory.mktemp("many")
    export = driving.write_export(cwd / "result.json", driving.some_chats(9600))
    told = ["samples/situation=told", "samples.situation.clock=false", "samples.situation.min_silence_minutes=null"]
    told += ["samples.situation.max_quote_chars=null", "validation_samples=1", "compared_replies=0"]
    tiny = [*driving.TINY, "trainer.max_steps=1", *driving.from_export(export)]
    driving.done("train", *tiny, *told, "filters=none", "split=none", cwd=cwd)
    return driving.only_run(cwd)
