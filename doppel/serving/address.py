"""Where a server listens."""

from __future__ import annotations

import errno
import socket

from doppel.errors import ConfigError, RunError

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]", "::1")


def url(host: str, port: int) -> str:
    """The address as it is typed."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def bound(host: str, port: int, group: str) -> socket.socket:
    """A socket at the address, which accepts nothing yet: what cannot be had is known before a model is loaded.

    `group`: of the config, that host and port are typed in.

    Raises: ConfigError for an address that is none, RunError for a port that is taken or not allowed.
    """
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"{group}.host={host} is no address of this machine: type {group}.host=127.0.0.1") from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen()  # a second server on the port is refused from here on
    except OSError as error:
        listener.close()
        raise _unbound(host, port, group, error) from error
    return listener


def _unbound(host: str, port: int, group: str, error: OSError) -> ConfigError | RunError:
    if error.errno == errno.EADDRINUSE:
        return RunError(
            f"port {port} of {host} is in use by another program: stop it, or type {group}.port={port + 1} "
            "(0 takes a free one)"
        )
    if error.errno == errno.EACCES:
        return RunError(f"port {port} is not yours to take: type {group}.port=8000 or another one above 1023")
    return ConfigError(f"{group}.host={host} is no address of this machine: type {group}.host=127.0.0.1")
