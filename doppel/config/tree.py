"""Where conf/, experiments/ and demo/ are, and what their YAML may ask of the machine."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from hydra.core.config_store import ConfigStore
from omegaconf import DictConfig, ListConfig, OmegaConf

from doppel.config.machine import ddp_devices, fastest_precision
from doppel.errors import ConfigError

PACKAGE = Path(__file__).resolve().parent.parent


def project_path(name: str) -> Path:
    """The file or folder `name`: inside the package when installed from a wheel, else in the checkout."""
    installed = PACKAGE / name
    return installed if installed.exists() else PACKAGE.parent / name


def register() -> None:
    """Makes the resolvers of conf/ and the experiments known to Hydra; calling it again changes nothing."""
    OmegaConf.register_new_resolver("doppel.project", lambda name: str(project_path(name)), replace=True)
    OmegaConf.register_new_resolver("doppel.precision", lambda: fastest_precision().option, replace=True)
    OmegaConf.register_new_resolver("doppel.devices", ddp_devices, replace=True)
    for folder in dict.fromkeys((project_path("experiments"), Path.cwd() / "experiments")):
        for file in sorted(folder.glob("*.yaml")):
            # Known as experiment=NAME from any folder; a search path would need it under experiment/.
            node = _experiment((file, file.stat().st_mtime_ns))
            ConfigStore.instance().store(group="experiment", name=file.stem, node=node, package="_global_")


@cache
def _experiment(version: tuple[Path, int]) -> DictConfig | ListConfig:
    """The settings in a file as it was last changed at a time: read once, however often a process composes."""
    file = version[0]
    try:
        node = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not valid YAML: {error}") from error
    if not isinstance(node, dict):
        raise ConfigError(f"{file} holds no settings: it must be a mapping such as `seed: 1`")
    # OmegaConf reads it again so that numbers such as 1e-3 mean what they mean in conf/ (YAML 1.1 says string).
    return OmegaConf.load(file)
