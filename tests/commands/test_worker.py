import pytest

from doppel.commands.worker import _is_lost_connection, is_out_of_memory


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried to ..."),
        MemoryError(),  # Python's own says nothing at all
    ],
)
def test_memory_that_has_run_out_is_known_by_whoever_says_so(error: Exception) -> None:
    assert is_out_of_memory(error)
    assert not is_out_of_memory(RuntimeError("shape mismatch"))


def test_a_process_that_is_gone_is_known_by_what_the_others_hear() -> None:
    assert _is_lost_connection(RuntimeError("[gloo/transport/tcp/pair.cc:547] Connection closed by peer [127.0.0.1]"))
    assert not _is_lost_connection(BrokenPipeError("Broken pipe"))  # the reader of what is printed has gone
