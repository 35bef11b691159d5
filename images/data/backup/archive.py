"""Postgres' archive_command. A child of Postgres, which waits for it: it never leaves a process behind."""
import re
import subprocess
import sys
import time

from repository import Repository, Trouble, explained, say
from take import iso

# Beside the data: the newest segment that was dropped, and when. The watcher reads it by SQL.
GAP = "../nexus-archive-gap"
# In seconds. A server that stops waits for what is being archived, and tries three times: all of it must be over before
# its pod is killed.
PATIENCE = 60
HURRY = 3

def push(segment):
    try:
        environment = Repository().environment()
    except Trouble as trouble:
        say(f"{segment} stays here: {trouble}")
        return 1
    first = attempt(environment, "archive-push", segment)
    if first.returncode == 0:
        return 0
    if "archive.info cannot be opened" not in first.stdout or "FormatError" in first.stdout:
        return failed(first)
    # A repository that has never been used, or was emptied. Refused by pgBackRest if it is another database's.
    made = attempt(environment, "stanza-create")
    if made.returncode != 0:
        return failed(made)
    again = attempt(environment, "archive-push", segment)
    return 0 if again.returncode == 0 else failed(again)


def attempt(environment, *arguments):
    command = ["pgbackrest", *arguments]
    began = time.monotonic()
    with subprocess.Popen(command, env=environment, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        while True:
            try:
                output, _ = process.communicate(timeout=0.5)
                break
            except subprocess.TimeoutExpired:
                patience = HURRY if stopping() else PATIENCE
                if time.monotonic() - began > patience:
                    process.kill()
                    process.communicate()
                    return subprocess.CompletedProcess(command, 1, f"timeout: no answer within {patience} s")
        done = subprocess.CompletedProcess(command, process.returncode, output)
    if done.returncode == 0 and done.stdout.strip():
        print(done.stdout.strip(), file=sys.stderr, flush=True)
        dropped = re.search(r"dropped WAL file '(\w+)'", done.stdout)
        if dropped:
            with open(GAP, "w", encoding="utf-8") as file:
                file.write(f"{dropped[1]} {iso(time.time())}")
    return done


def stopping():
    """Whether the server is being stopped, by what it writes into its folder, which is where we are."""
    try:
        with open("postmaster.pid", encoding="utf-8") as file:
            return file.read().splitlines()[7].strip() == "stopping"
    except (OSError, IndexError):
        return False


def failed(done):
    say(f"{done.args[1]}: " + ": ".join(explained(done.stdout)))
    return 1  # more than 125 would end Postgres' archiver
