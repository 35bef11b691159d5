"""A restore drill: the newest backup is brought back as in a disaster, and what came back is looked at.

Environment: SCRATCH, a folder for the data; libpq's PGHOST, PGUSER, PGPASSWORD, PGDATABASE of the live database, with
which what came back is compared. A live database that is away fails no drill.
"""
import os
import shutil
import time
from contextlib import closing

import psycopg2

from repository import Repository, Trouble, say, told
from restore import PORT, SOCKETS, fetch, server
from take import iso

SCHEMA = "SELECT coalesce(max(version), 0), coalesce(md5(string_agg(checksum, ',' ORDER BY version)), '') FROM schema_migrations"
# No index knows the newest message. Conversations tell which of them were written to last.
NEWEST = """
  SELECT extract(epoch FROM max(m.created_at))
  FROM (SELECT id FROM conversations WHERE seq > 0 ORDER BY changed_at DESC LIMIT 100) c
  CROSS JOIN LATERAL (SELECT created_at FROM messages WHERE conversation_id = c.id ORDER BY seq DESC LIMIT 1) m"""
# A message and its conversation's number are written together: the one cannot have come back without the other.
TORN = """
  SELECT count(*)
  FROM (SELECT id, seq FROM conversations WHERE seq > 0 ORDER BY changed_at DESC LIMIT 1000) c
  WHERE EXISTS (SELECT FROM messages WHERE conversation_id = c.id)
    AND c.seq <> (SELECT max(seq) FROM messages WHERE conversation_id = c.id)"""
INVALID = "SELECT string_agg(indexrelid::regclass::text, ', ') FROM pg_index WHERE NOT indisvalid"


def row(connection, statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()


def live():
    """Schema and newest message of the live database; empty when it cannot be asked."""
    try:
        with closing(psycopg2.connect(connect_timeout=10, options="-c statement_timeout=60s")) as connection:
            connection.set_session(readonly=True, autocommit=True)
            return {"schema": row(connection, SCHEMA), "newest": row(connection, NEWEST)[0], "at": time.time()}
    except psycopg2.Error as error:
        say(f"the live database cannot be compared with: {error}")
        return {}


def look(before):
    """What came back. Raises Trouble when it is not what it should be."""
    with closing(psycopg2.connect(host=SOCKETS, port=PORT, user="nexus", dbname="nexus")) as connection:
        connection.set_session(autocommit=True)
        try:
            schema = row(connection, SCHEMA)
            # Reads every page, whose checksums Postgres verifies.
            messages, newest = row(connection, "SELECT count(*), extract(epoch FROM max(created_at)) FROM messages")
            torn, invalid = row(connection, TORN)[0], row(connection, INVALID)[0]
        except psycopg2.Error as error:
            raise Trouble("CheckFailed", f"what came back cannot be read: {str(error).strip()[:200]}") from None
    if before and schema != before["schema"]:
        raise Trouble("CheckFailed", f"the schema that came back is version {schema[0]}, the live one is {before['schema'][0]}")
    if torn:
        raise Trouble("CheckFailed", f"{torn} of the 1000 newest conversations came back without their newest messages")
    if invalid:
        raise Trouble("CheckFailed", f"indexes came back unusable: {invalid}")
    return {"schema": schema[0], "messages": messages, "newest": None if newest is None else float(newest)}


def drill():
    data = f"{os.environ['SCRATCH']}/pgdata"
    started = time.time()
    try:
        repository = Repository()
        before = live()
        backup = next(iter(repository.info().get("backup", [])[-1:]), None)
        if backup is None:
            raise Trouble("NoBackup", "there is no backup yet: the drill can begin after the first one")
        begun = time.monotonic()
        fetch(repository, data, "")
        fetched = time.monotonic()
        with server(repository, data, durable=False):
            recovered = time.monotonic()
            found = look(before)
            checked = time.monotonic()
    except Trouble as trouble:
        told({"ok": False, "at": iso(started), "reason": trouble.reason, "message": trouble.words})
        return 1
    finally:
        shutil.rmtree(data, ignore_errors=True)
    newest = found["newest"]
    result = {
        "ok": True, "at": iso(started), "backup": backup["label"], "messages": found["messages"], "schema": found["schema"],
        # As long as it takes until clients could be let in again.
        "seconds": round(recovered - begun, 1), "fetchSeconds": round(fetched - begun, 1),
        "replaySeconds": round(recovered - fetched, 1), "checkSeconds": round(checked - recovered, 1),
    }
    if newest is not None:
        result["newestMessageAt"] = iso(newest)
        result["newestMessageAge"] = round(max(0, started - newest), 1)
    if newest is not None and before.get("newest") is not None:
        # What a disaster at the drill's beginning would have lost.
        result["lostSeconds"] = round(max(0, float(before["newest"]) - newest), 1)
    allowed = float(os.environ.get("MAX_LOSS_SECONDS", "900"))
    if result.get("lostSeconds", 0) > allowed:
        # A gap in the archive ends a recovery early, without a word.
        result.update(ok=False, reason="TooOld", message=f"what came back ends {result['lostSeconds']} s before the live database did")
    told(result)
    return 0 if result["ok"] else 1
