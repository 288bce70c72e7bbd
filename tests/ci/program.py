"""The program on the PATH of a runner, with a mocked organization for the commands that talk to AWS.

`python program.py serve SOCKET STATE` waits for command lines, each of which runs in a process of its own that has
everything imported already; `python -S program.py SOCKET ARGUMENT...` sends one, with its standard streams. With
KILLED_AFTER=N the process of an apply is killed right after its Nth write has taken effect.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys


def send(path: str, arguments: list[str]) -> int:
    """Runs a command line there, and returns its exit code."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        here = os.getcwd()  # noqa: PTH109  # without importing more than is needed
        request = {"arguments": arguments, "cwd": here, "env": dict(os.environ)}
        socket.send_fds(connection, [b"x"], [0, 1, 2])
        connection.sendall(json.dumps(request).encode())
        connection.shutdown(socket.SHUT_WR)
        return int(connection.recv(16) or b"1")


def serve(path: str, state: str) -> None:
    """Runs command lines one after the other, for ever."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        _import()
        while True:
            connection, _ = server.accept()
            with connection:
                _answer(connection, state)


def _import() -> None:
    import reconciler.commands.apply
    import reconciler.commands.ci
    import reconciler.commands.drift
    import reconciler.commands.plan
    import reconciler.mock.organization
    import reconciler.use_cases.ci.drift_issue
    import reconciler.use_cases.ci.pull_request
    import reconciler.use_cases.ci.runs
    import reconciler.use_cases.continue_plan  # noqa: F401


def _answer(connection: socket.socket, state: str) -> None:
    _, streams, *_ = socket.recv_fds(connection, 1, 3)
    request = json.loads(b"".join(iter(lambda: connection.recv(65_536), b"")))
    child = os.fork()
    if child == 0:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        os._exit(_run(request["arguments"], state))
    for each in streams:
        os.close(each)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    connection.sendall(str(code if code >= 0 else 128 - code).encode())


def _run(arguments: list[str], state: str) -> int:
    from reconciler.cli import run

    if (writes := os.environ.get("KILLED_AFTER")) and arguments[0] == "apply" and "--dry-run" not in arguments:
        _killed_after(int(writes))
    mocked = ["--mock-state", state] if arguments[0] in ("plan", "apply", "drift") else []
    try:
        return run([*arguments[:1], *mocked, *arguments[1:]])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _killed_after(writes: int) -> None:
    """Kills this process after so many writes; the service keeps them."""
    from reconciler.aws.operations import OPERATIONS
    from reconciler.mock.organization import MockOrganization
    from reconciler.model.api import Params, Response

    original, left = MockOrganization.call, iter(range(writes - 1, -1, -1))

    def call(self: MockOrganization, operation: str, params: Params, *, caller: str | None = None) -> Response:
        answer = original(self, operation, params, caller=caller)
        if OPERATIONS[operation].writes and next(left) == 0:
            self.save()
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    MockOrganization.call = call  # type: ignore[method-assign]


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(*sys.argv[2:])
    else:
        sys.exit(send(sys.argv[1], sys.argv[2:]))
