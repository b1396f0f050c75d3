"""One composition: root config, groups, experiment, overrides; every override that cannot be used is told at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.types import IntervalSweep
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from doppel.config.nearest import nearest
from doppel.config.overrides import parse, quoted
from doppel.config.targets import OPT_IN_KEY, is_allowed
from doppel.config.tree import project_path, register
from doppel.errors import ConfigError

# Launchers that Hydra finds once their package is there, and how to get it.
LAUNCHERS = {
    "submitit_local": 'pip install "doppel[slurm]"',
    "submitit_slurm": 'pip install "doppel[slurm]"',
    "joblib": "pip install hydra-joblib-launcher",
    # What its half for AWS pins (boto3, cloudpickle < 3) cannot be had beside the rest; its other half needs none.
    "ray": "pip install ray, then pip install --no-deps hydra-ray-launcher",
}
OF_HYDRA = ("hydra._internal.core_plugins", "hydra.experimental.callbacks", "hydra_plugins")


def compose(command: str, overrides: list[str]) -> tuple[dict[str, Any], list[str]]:
    """The whole config of a command as plain data, and a line for each override that cannot be used.

    Interpolations are resolved; what must be given and is not stays "???".
    Raises: ConfigError for words that are no overrides, and for several values without --multirun.
    """
    overrides = quoted(overrides, is_sweep=False)
    _refuse_sweeps(overrides)
    config, faults = compose_leniently(command, overrides)
    return plain(config), faults


def plain(config: DictConfig) -> dict[str, Any]:
    """The config as dicts, lists and scalars, interpolations resolved.

    Raises: ConfigError for an interpolation that leads nowhere.
    """
    try:
        container = OmegaConf.to_container(config, resolve=True)
    except OmegaConfBaseException as error:
        raise ConfigError(f"{error.full_key}: {str(error).splitlines()[0]}") from error
    assert isinstance(container, dict)
    return {str(key): value for key, value in container.items()}


def faults_of_sweep(command: str, overrides: list[str]) -> list[str]:
    """A line for each override of a sweep that cannot be used, whichever of its values is meant.

    Values are looked at one by one, the others at their first, so that a large grid costs no time before it starts.
    """
    axes = _axes(overrides)
    firsts = [values[0] for values in axes if values]
    points = [firsts]
    for at, values in enumerate(axes):
        # Numbers are checked by each trial; another option of a group may bring other keys.
        if values and "." not in values[0].partition("=")[0]:
            points += [[*firsts[:at], value, *firsts[at + 1 :]] for value in values[1:]]
    return list(dict.fromkeys(fault for point in points for fault in compose_leniently(command, point)[1]))


def foreign_targets(command: str, overrides: list[str], opted_in: tuple[str, ...]) -> list[str]:
    """A line for each `_target_` in Hydra's own section that is neither Hydra's nor allowed.

    Hydra builds its callbacks and launcher itself, unchecked; an experiment file may have set them.
    """
    register()
    firsts = [values[0] for values in _axes(overrides) if values]
    with hydra.initialize_config_dir(version_base="1.3", config_dir=str(project_path("conf"))):
        config = hydra.compose(command, overrides=firsts, return_hydra_config=True)
    targets = _targets("hydra", OmegaConf.to_container(config.hydra, resolve=False))
    return [
        f"{path}={target} is refused: to run your own, type +{OPT_IN_KEY}=[{target.split('.')[0]}]"
        for path, target in targets
        if not is_allowed(target, (*OF_HYDRA, *opted_in))
    ]


def _targets(path: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, list):
        return [found for index, item in enumerate(value) for found in _targets(f"{path}[{index}]", item)]
    if not isinstance(value, dict):
        return []
    own = [(f"{path}._target_", str(value["_target_"]))] if "_target_" in value else []
    return own + [found for key, item in value.items() for found in _targets(f"{path}.{key}", item)]


def _axes(overrides: list[str]) -> list[list[str]]:
    """For each override of a sweep, the overrides it stands for."""
    axes = []
    for override in parse(quoted(overrides, is_sweep=True)):
        key = override.get_key_element()
        if override.is_choice_sweep() or override.is_range_sweep():
            axes.append([f"{key}={value}" for value in override.sweep_string_iterator()])
        elif override.is_interval_sweep():
            interval = override.value()
            assert isinstance(interval, IntervalSweep)
            axes.append([f"{key}={interval.start}"])
        else:
            assert override.input_line is not None
            axes.append([override.input_line])
    return axes


def compose_leniently(command: str, overrides: list[str]) -> tuple[DictConfig, list[str]]:
    """The config composed from the overrides that can be used, and a line for each of the others.

    Raises: ConfigError where even no override at all would not compose.
    """
    register()
    refused: list[tuple[str, str]] = []
    remaining = list(overrides)
    with (
        _beside_an_application(),
        hydra.initialize_config_dir(version_base="1.3", config_dir=str(project_path("conf"))),
    ):
        while True:
            try:
                config = hydra.compose(command, overrides=remaining)
                break
            except (HydraException, OmegaConfBaseException) as error:
                guilty = _guilty_override(str(error), remaining)
                if guilty is None:
                    raise ConfigError(first_lines(str(error))) from error
                refused.append((guilty, str(error)))
                remaining.remove(guilty)
    return config, [_explain(guilty, message, config) for guilty, message in refused]


def _refuse_sweeps(overrides: list[str]) -> None:
    sweeps = [item.input_line for item in parse(overrides) if item.is_sweep_override()]
    if sweeps:
        raise ConfigError(f"`{sweeps[0]}` gives several values: add --multirun for a sweep, or quote it as one value")


def _guilty_override(message: str, overrides: list[str]) -> str | None:
    """The override that Hydra's message speaks of."""
    quoted_words = set(re.findall(r"'([^'\s]+)'", message))
    parsed = parse(overrides)
    # The surest first: several words may be of one group (source=mix +source@source.sources.mine=telegram).
    for override in parsed:
        value = "" if override.is_sweep_override() else override.value()
        group = override.key_or_group
        if quoted_words & {f"{group}/{value}", f"{group}@{override.package}"}:
            return override.input_line
    for override in parsed:
        if override.key_or_group in quoted_words:
            return override.input_line
    return next((override.input_line for override in parsed if override.key_or_group in message), None)


def _explain(override: str, message: str, config: DictConfig) -> str:
    key = override.lstrip("+~").partition("=")[0]
    if "Available options" in message:
        options = re.search(r"Available options in '[^']*':\n((?:\t.*\n?)+)", message)
        return _no_such_option(override, key, override.partition("=")[2], options.group(1).split() if options else [])
    missing = re.search(r"Could not load '(.+)/(.+)'", message)  # of a list of options: Hydra does not tell the others
    if missing and (folder := project_path("conf") / missing[1]).is_dir():
        return _no_such_option(override, missing[1], missing[2], sorted(file.stem for file in folder.glob("*.yaml")))
    if "Could not override" in message and "@" in key and not override.startswith("+"):
        return f"`{override}`: nothing is chosen there yet: type +{override}"
    if "Could not override" in message or "Key" in message:
        known = list(_keys(config))
        group = key.rpartition(".")[0]
        siblings = [name for name in known if name.rpartition(".")[0] == group]
        there = f"; {group or 'there'} has: {', '.join(siblings)}" if siblings and len(siblings) < 12 else ""
        return f"`{override}`: there is no key {key}{nearest(key, known)}{there}"
    return f"`{override}`: {first_lines(message)}"


def _no_such_option(override: str, group: str, asked: str, options: list[str]) -> str:
    if group == "hydra/launcher" and asked in LAUNCHERS:
        return f"`{override}`: that launcher is not installed: {LAUNCHERS[asked]}"
    which = f"option {asked}" if override.partition("=")[2] != asked else "such option"
    return f"`{override}`: {group} has no {which}{nearest(asked, options)}; it has: {', '.join(options)}"


def _keys(config: Any, prefix: str = "") -> list[str]:
    if not isinstance(config, DictConfig):
        return []
    keys = []
    for name in config:
        full = f"{prefix}{name}"
        keys.append(full)
        if not OmegaConf.is_missing(config, name):
            keys += _keys(config._get_node(name), f"{full}.")
    return keys


@contextmanager
def _beside_an_application() -> Iterator[None]:
    """Lets a process compose one config more while Hydra's application has it, as in a trial of a sweep."""
    before = GlobalHydra.instance().hydra
    GlobalHydra.instance().hydra = None
    try:
        yield
    finally:
        GlobalHydra.instance().hydra = before


def first_lines(message: str) -> str:
    """A message of Hydra's without what only its developers can use."""
    return message.split("\nConfig search path")[0].strip()
