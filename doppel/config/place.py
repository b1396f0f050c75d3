"""Where this process stands among those that torchrun or srun has started, over several machines."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace

from doppel.errors import RunError

USES_AGENT_STORE = "TORCHELASTIC_USE_AGENT_STORE"
NAMELESS = "none"  # what torchrun calls a run without --rdzv-id


@dataclass(frozen=True, slots=True)
class Place:
    """One of `world_size` processes, each of which is to become one worker of the same run."""

    rank: int  # 0 composes and freezes the run; the others wait for it
    local_rank: int  # among those of this machine
    node_rank: int
    world_size: int
    local_world_size: int
    start: str  # a name that all processes of one start have, and those of another one beside it do not
    is_named: bool  # whether that name is the user's own: torchrun's --rdzv-id, the same after a lost worker
    address: str  # of rank 0 as the others reach it; "" where rank 0 is to tell it
    port: int  # 0 where rank 0 is to tell it

    def at(self, address: str, port: int) -> Place:
        """This place where rank 0 has told where it listens."""
        return replace(self, address=address, port=port)

    def environment(self) -> dict[str, str]:
        """The variables by which torch and Lightning know a worker's place."""
        return {
            "RANK": str(self.rank),
            "LOCAL_RANK": str(self.local_rank),
            "NODE_RANK": str(self.node_rank),
            "WORLD_SIZE": str(self.world_size),
            "LOCAL_WORLD_SIZE": str(self.local_world_size),
            "MASTER_ADDR": self.address,
            "MASTER_PORT": str(self.port),
            USES_AGENT_STORE: "False",
        }


def placed(environment: Mapping[str, str] = os.environ) -> Place | None:
    """This process's place; None where it stands alone, so that doppel starts the processes of a run itself.

    Raises: RunError for variables that name no place.
    """
    try:
        return _of_torchrun(environment) or _of_srun(environment)
    except (KeyError, ValueError) as error:
        raise RunError(
            f"the launcher's variables name no place among its processes: {error}; torchrun and srun set RANK, "
            "WORLD_SIZE, MASTER_ADDR and MASTER_PORT, or SLURM_PROCID and SLURM_STEP_NUM_TASKS"
        ) from error


def _of_torchrun(environment: Mapping[str, str]) -> Place | None:
    """torchrun's variables, which Kubernetes' PyTorchJob and hand-made starts set as well."""
    world_size = int(environment.get("WORLD_SIZE", "1"))
    if world_size < 2 or "RANK" not in environment:
        return None
    rank, local_world_size = int(environment["RANK"]), int(environment.get("LOCAL_WORLD_SIZE", "1"))
    address, port = environment["MASTER_ADDR"], int(environment["MASTER_PORT"])
    # Not TORCHELASTIC_RESTART_COUNT: after a lost worker each machine's agent has another count.
    name = environment.get("TORCHELASTIC_RUN_ID", NAMELESS)
    return Place(
        rank=rank,
        local_rank=int(environment.get("LOCAL_RANK", rank % local_world_size)),
        node_rank=int(environment.get("GROUP_RANK", environment.get("NODE_RANK", rank // local_world_size))),
        world_size=world_size,
        local_world_size=local_world_size,
        start=_name(f"{address}:{port} {world_size}" if name == NAMELESS else f"{name} {world_size}"),
        is_named=name != NAMELESS,
        address=address,
        # torch 2.13's agents keep one store over all starts: after a lost worker the others would be looked for where
        # they were before. Rank 0, which runs at that address, opens another.
        port=0 if environment.get(USES_AGENT_STORE) == "True" else port,
    )


def _of_srun(environment: Mapping[str, str]) -> Place | None:
    """The variables of a job step with several tasks; a batch script itself, or a step of one task, is no such place.

    SLURM_NTASKS is no sign of it: sbatch sets that for its script, of which there is one.
    """
    world_size = int(environment.get("SLURM_STEP_NUM_TASKS", "1"))
    if world_size < 2 or "SLURM_PROCID" not in environment:
        return None
    rank = int(environment["SLURM_PROCID"])
    nodes = int(environment.get("SLURM_STEP_NUM_NODES", environment.get("SLURM_NNODES", "1")))
    step = f"{environment['SLURM_JOB_ID']} {environment['SLURM_STEP_ID']} {restarts(environment)} {world_size}"
    own = environment.get("SLURMD_NODENAME") or socket.gethostname()
    return Place(
        rank=rank,
        local_rank=int(environment["SLURM_LOCALID"]),
        node_rank=int(environment["SLURM_NODEID"]),
        world_size=world_size,
        local_world_size=world_size // nodes,
        start=_name(step),
        is_named=False,
        address=environment.get("MASTER_ADDR", own if rank == 0 else ""),
        port=int(environment.get("MASTER_PORT", "0")),
    )


def restarts(environment: Mapping[str, str] = os.environ) -> int:
    """How often torchrun or SLURM has started this before: after a lost process, a pre-emption, `scontrol requeue`."""
    counts = [environment.get(name, "") for name in ("TORCHELASTIC_RESTART_COUNT", "SLURM_RESTART_COUNT")]
    return max(int(count) if count.isdecimal() else 0 for count in counts)


def _name(start: str) -> str:
    return hashlib.sha256(start.encode()).hexdigest()[:16]
