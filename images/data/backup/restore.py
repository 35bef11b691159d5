"""New data from a backup: fetched, recovered up to the wanted time, then stopped as a server of its own."""
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

from repository import Repository, Trouble, explained, say

SOCKETS = "/tmp/recovery"
PORT = "5433"

SETTINGS = """
listen_addresses = ''
port = {port}
unix_socket_directories = '{sockets}'
hba_file = '{sockets}/pg_hba.conf'
# Nobody is let in before recovery has ended; so no setting of the source's has to be known here.
hot_standby = off
archive_mode = off
shared_buffers = '{memory}MB'
maintenance_work_mem = '64MB'
fsync = {fsync}
dynamic_shared_memory_type = mmap
jit = off
log_error_verbosity = terse
log_min_error_statement = panic
"""


def fetch(repository, data, target):
    """Puts a backup into the folder `data`, ready to be recovered."""
    shutil.rmtree(data, ignore_errors=True)
    os.makedirs(data, mode=0o700)
    what = ["--type=time", f"--target={target}", "--target-action=promote"] if target else ["--type=default"]
    repository.run(
        "restore", *what, "--no-delta", "--recovery-option=restore_command=/usr/local/bin/nexus-pgbackrest get %f \"%p\"",
        PGBACKREST_PG1_PATH=data,
    )


@contextmanager
def server(repository, data, durable=True):
    """Recovers `data`, and has a server on it for as long as the context lasts; it listens on SOCKETS only."""
    shutil.rmtree(SOCKETS, ignore_errors=True)
    os.makedirs(SOCKETS, mode=0o700)
    with open(f"{SOCKETS}/pg_hba.conf", "w", encoding="utf-8") as file:
        file.write("local all all peer\n")
    with open(f"{SOCKETS}/postgresql.conf", "w", encoding="utf-8") as file:
        file.write(SETTINGS.format(port=PORT, sockets=SOCKETS, memory=os.environ.get("RECOVERY_MEMORY_MB", "128"),
                                   fsync="on" if durable else "off"))
    log = f"{SOCKETS}/log"
    with open(log, "w", encoding="utf-8") as output:
        process = subprocess.Popen(
            ["postgres", "-D", data, "-c", f"config_file={SOCKETS}/postgresql.conf"],
            env=repository.environment(PGBACKREST_PG1_PATH=data), stdout=output, stderr=subprocess.STDOUT,
        )
        stop = lambda *_: process.send_signal(signal.SIGINT)
        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            while not answers():
                if process.poll() is not None:
                    raise Trouble(*why(log))
                time.sleep(0.1)
            yield
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.wait()
            for number, handler in before.items():
                signal.signal(number, handler)
    with open(log, encoding="utf-8", errors="replace") as file:
        if process.returncode != 0:
            raise Trouble("Failed", f"Postgres ended with {process.returncode}: {file.read()[-300:]}")


def answers():
    return subprocess.run(["pg_isready", "--quiet", f"--host={SOCKETS}", f"--port={PORT}", "--timeout=3"], check=False).returncode == 0


def why(log):
    with open(log, encoding="utf-8", errors="replace") as file:
        text = file.read()
    print(text[-4000:], file=sys.stderr, flush=True)
    fatal = re.findall(r"(?:FATAL|PANIC): +(.*)", text)
    reason, words = explained(fatal[-1] if fatal else text[-300:])
    last = re.findall(r"last completed transaction was at log time (.*)", text)
    return reason, f"{words}{f'; the archive ends at {last[-1]}' if last else ''}"


def tidy(data):
    """What belonged to the source's surroundings, and to the recovery."""
    auto = f"{data}/postgresql.auto.conf"
    with open(auto, encoding="utf-8") as file:
        lines = [line for line in file if not re.match(r"#|restore_command|recovery_target|primary_conninfo|primary_slot_name", line)]
    with open(auto, "w", encoding="utf-8") as file:
        file.writelines(lines)
    for name in ("patroni.dynamic.json", "postmaster.opts", "standby.signal", "recovery.signal"):
        if os.path.exists(f"{data}/{name}"):
            os.remove(f"{data}/{name}")


def restore():
    """Makes PGDATA. What has that name is complete: until then it has another one."""
    data = os.environ["PGDATA"]
    if os.path.exists(data):
        say(f"{data} is there already and is left alone")
        return 0
    # 2026-11-21T17:30:00Z, as pgBackRest and Postgres both read it.
    target = os.environ.get("RECOVERY_TARGET_TIME", "").replace("T", " ").replace("Z", "+00")
    began = time.monotonic()
    try:
        repository = Repository(os.environ.get("NEXUS_RECOVERY", "/etc/nexus-recovery"))
        say(f"restoring {repository.stanza} as of {target or 'its newest moment'}")
        fetch(repository, f"{data}.new", target)
        say(f"fetched in {time.monotonic() - began:.0f} s; recovering")
        with server(repository, f"{data}.new"):
            say(f"recovered after {time.monotonic() - began:.0f} s")
    except Trouble as trouble:
        # The last line of the log: what the operator tells people about this pod.
        say(f"nothing is restored: {trouble.words}")
        return 1
    tidy(f"{data}.new")
    os.rename(f"{data}.new", data)
    say(f"{data} is restored")
    return 0
