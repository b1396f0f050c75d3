from doppel.run.manifest import describe, differences


def test_the_manifest_names_code_packages_and_machine() -> None:
    facts = describe(processor="P", gpus=0)
    assert facts["packages"]["hydra-core"].startswith("1.")
    assert facts["machine"]["cores"] >= 1
    assert set(facts["code"]) == {"revision", "has_local_changes"}


def test_differences_name_what_changed() -> None:
    now = describe(processor="P", gpus=0)
    then = {**now, "packages": {**now["packages"], "torch": "1.0"}}
    assert differences(now, now) == []
    assert differences(then, now) == [f"torch: then 1.0, now {now['packages']['torch']}"]
