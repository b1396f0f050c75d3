import pytest
from huggingface_hub.errors import GatedRepoError, OfflineModeIsEnabled, RepositoryNotFoundError, RevisionNotFoundError

from doppel.errors import ModelError
from doppel.model import whereabouts
from doppel.model.whereabouts import local_first, located


def test_a_folder_is_made_absolute_and_a_hub_id_stays(tmp_path, monkeypatch):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "config.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert located("m") == located("./m") == located("~/m") == str(tmp_path / "m")
    assert located("owner/name") == "owner/name"
    assert located("gpt2") == "gpt2"


def test_what_is_no_model_folder_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"there is no folder .*/none. Give a model's folder or a hub id"):
        located(str(tmp_path / "none"))
    with pytest.raises(ModelError, match=r"has no config.json, so it is not a model"):
        located(str(tmp_path))
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"is an adapter, not a base model"):
        located(str(tmp_path))
    with pytest.raises(ModelError, match=r"is a file, but a model is a folder.* Type model.path="):
        located(str(tmp_path / "adapter_config.json"))


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (GatedRepoError, r"owner/name is gated: .* `hf auth login`"),
        (RepositoryNotFoundError, r"there is no model 'owner/name', .* Check the spelling: model.path=owner/name"),
        (RevisionNotFoundError, r"owner/name has no revision 'v9'. Type model.revision=null"),
        (OfflineModeIsEnabled, r"HF_HUB_OFFLINE forbids .*hf download owner/name --local-dir FOLDER"),
        (ConnectionError, r"the hub cannot be reached \(no\). Give a local folder \(model.path=/folder\)"),
    ],
)
def test_why_a_model_cannot_be_had_is_told_after_one_request(monkeypatch, kind, message):
    asked = []

    class Hub:
        def model_info(self, path, *, revision, timeout):
            asked.append((path, revision, timeout))
            raise kind.__new__(kind, "no")  # without the HTTP response that the hub's errors want

    def load(path, *, local_files_only=False, revision):
        raise OSError("not in the cache")

    monkeypatch.setattr(whereabouts, "HfApi", Hub)
    with pytest.raises(ModelError, match=message):
        local_first(load, "owner/name", revision="v9")
    assert asked == [("owner/name", "v9", 10)]


def test_what_is_on_this_machine_is_taken_without_a_request(monkeypatch):
    monkeypatch.setattr(whereabouts, "HfApi", None)
    calls = []
    assert local_first(lambda path, **options: calls.append(options) or "found", "owner/name", revision=None) == "found"
    assert calls == [{"local_files_only": True, "revision": None}]


def test_what_is_not_here_is_fetched(monkeypatch):
    class Hub:
        def model_info(self, path, *, revision, timeout): ...

    def load(path, *, local_files_only=False):
        if local_files_only:
            raise OSError("not in the cache")
        return "fetched"

    monkeypatch.setattr(whereabouts, "HfApi", Hub)
    assert local_first(load, "owner/name") == "fetched"
