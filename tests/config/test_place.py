import pytest

from doppel.config.place import placed, restarts
from doppel.errors import RunError

TORCHRUN = {
    "RANK": "3",
    "LOCAL_RANK": "1",
    "GROUP_RANK": "1",
    "WORLD_SIZE": "4",
    "LOCAL_WORLD_SIZE": "2",
    "MASTER_ADDR": "node1",
    "MASTER_PORT": "29500",
    "TORCHELASTIC_RUN_ID": "none",
    "TORCHELASTIC_RESTART_COUNT": "0",
}
SRUN = {
    "SLURM_JOB_ID": "71",
    "SLURM_STEP_ID": "0",
    "SLURM_STEP_NUM_TASKS": "4",
    "SLURM_STEP_NUM_NODES": "2",
    "SLURM_PROCID": "2",
    "SLURM_LOCALID": "0",
    "SLURM_NODEID": "1",
    "SLURMD_NODENAME": "node2",
}


def test_torchrun_says_where_a_process_stands() -> None:
    place = placed(TORCHRUN)
    assert place is not None
    assert place.environment() == {
        "RANK": "3",
        "LOCAL_RANK": "1",
        "NODE_RANK": "1",
        "WORLD_SIZE": "4",
        "LOCAL_WORLD_SIZE": "2",
        "MASTER_ADDR": "node1",
        "MASTER_PORT": "29500",
        "TORCHELASTIC_USE_AGENT_STORE": "False",
    }


def test_workers_do_not_meet_in_the_store_of_torchruns_agents() -> None:
    place = placed(TORCHRUN | {"TORCHELASTIC_USE_AGENT_STORE": "True"})
    assert place is not None
    assert (place.address, place.port) == ("node1", 0)  # rank 0 tells the port


def test_a_cluster_that_starts_one_process_on_each_machine_says_less() -> None:
    place = placed({"RANK": "2", "WORLD_SIZE": "3", "MASTER_ADDR": "node1", "MASTER_PORT": "29500"})
    assert place is not None
    assert (place.local_rank, place.node_rank, place.local_world_size) == (0, 2, 1)


def test_srun_says_where_a_process_stands_and_rank_0_where_it_listens() -> None:
    place = placed(SRUN)
    assert place is not None
    assert (place.rank, place.local_rank, place.node_rank, place.local_world_size) == (2, 0, 1, 2)
    assert (place.address, place.port) == ("", 0)
    first = placed(SRUN | {"SLURM_PROCID": "0", "SLURM_NODEID": "0", "SLURMD_NODENAME": "node1"})
    assert first is not None
    assert (first.address, first.port) == ("node1", 0)
    assert first.start == place.start
    assert place.at("node1", 7000).environment()["MASTER_ADDR"] == "node1"


def test_who_stands_alone_starts_all_processes_itself() -> None:
    assert placed({}) is None
    assert placed(TORCHRUN | {"WORLD_SIZE": "1", "RANK": "0"}) is None
    # The script of `sbatch --ntasks=4` is one process, whatever SLURM_NTASKS says.
    assert placed({"SLURM_NTASKS": "4", "SLURM_PROCID": "0", "SLURM_JOB_ID": "71"}) is None
    assert placed(SRUN | {"SLURM_STEP_NUM_TASKS": "1", "SLURM_PROCID": "0"}) is None


@pytest.mark.parametrize(
    "change",
    [
        {"TORCHELASTIC_RUN_ID": "other"},
        {"MASTER_PORT": "29501"},
        {"WORLD_SIZE": "8"},
    ],
)
def test_another_start_has_another_name(change: dict[str, str]) -> None:
    one, other = placed(TORCHRUN), placed(TORCHRUN | change)
    assert one is not None
    assert other is not None
    assert one.start != other.start
    assert not one.is_named


def test_after_a_lost_worker_the_name_is_the_same_though_agents_count_differently() -> None:
    named = TORCHRUN | {"TORCHELASTIC_RUN_ID": "nell"}
    one, other = placed(named), placed(named | {"TORCHELASTIC_RESTART_COUNT": "1", "MASTER_PORT": "29501"})
    assert one is not None
    assert other is not None
    assert one.start == other.start
    assert one.is_named
    queued_anew = placed(SRUN | {"SLURM_RESTART_COUNT": "1"})
    assert queued_anew is not None
    assert queued_anew.start != placed(SRUN).start  # pyright: ignore[reportOptionalMemberAccess]


def test_variables_that_name_no_place_are_refused() -> None:
    for broken in ({"RANK": "x", "WORLD_SIZE": "2"}, {"RANK": "1", "WORLD_SIZE": "2"}):
        with pytest.raises(RunError, match="name no place among its processes"):
            placed(broken)


def test_a_start_knows_that_it_is_not_the_first() -> None:
    assert restarts({}) == 0
    assert restarts(TORCHRUN) == 0
    assert restarts({"SLURM_RESTART_COUNT": "2"}) == 2
    assert restarts({"TORCHELASTIC_RESTART_COUNT": "1", "SLURM_RESTART_COUNT": "0"}) == 1
