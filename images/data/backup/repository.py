"""The repository that holds the backups: how pgBackRest is called for it, and what its errors mean."""
import configparser
import json
import os
import re
import subprocess
import sys

SECRETS = {
    "PGBACKREST_REPO1_S3_KEY": "access-key-id",
    "PGBACKREST_REPO1_S3_KEY_SECRET": "secret-access-key",
    "PGBACKREST_REPO1_CIPHER_PASS": "passphrase",
}

# What pgBackRest 2.55 and S3 servers say, by what is to be done about it.
CAUSES = (
    # Of Postgres, not of the storage.
    ("Failed", r"dbname='|unable to find primary"),
    ("SecretMissing", r"requires option: repo1-(s3-key|cipher-pass)"),
    ("CredentialsRefused", r"InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied|ExpiredToken|InvalidToken|\b40[13] \("),
    ("BucketMissing", r"NoSuchBucket|bucket does not exist"),
    ("CertificateInvalid", r"unable to verify certificate|certificate|TLS error"),
    ("Unreachable", r"HostConnectError|unable to connect|unable to get address|timeout|timed out|no answer within"),
    ("PassphraseWrong", r"FormatError|CryptoError|cipher|unable to flush|is or was the repo encrypted"),
    ("OtherDatabase", r"do not match|ArchiveMismatchError|BackupMismatchError|DuplicateError|already exists with a different checksum"),
    ("RepositoryFull", r"No space left on device|QuotaExceeded|EntityTooLarge"),
    ("RepositoryNotWritable", r"Permission denied|Read-only file system"),
    ("NoBackup", r"no backup set|BackupSetInvalidError|no prior backup|unable to find backup set"),
    ("ArchiveIncomplete", r"recovery ended before configured recovery target|ArchiveTimeoutError|was not archived"),
)


class Trouble(Exception):
    """Something that a person should read: `reason` is one word for programs."""

    def __init__(self, reason, words):
        super().__init__(words)
        self.reason, self.words = reason, words


def say(text):
    print(f"nexus-pgbackrest: {text}", file=sys.stderr, flush=True)


def explained(text):
    """What pgBackRest said, as a reason and in a line."""
    reason = next((name for name, pattern in CAUSES if re.search(pattern, text, re.IGNORECASE)), "Failed")
    content = re.search(r"<Code>(.*?)</Code>(?:.*?<Message>(.*?)</Message>)?", text, re.DOTALL)
    if content:
        words = f"the storage answers {content[1]}: {content[2] or ''}".rstrip(": ")
    else:
        said = re.search(r"(?:ERROR: \[\d+\]: |FATAL: +|\[\w+Error\] )(.*)", text, re.DOTALL)
        lines = [line.strip() for line in (said[1] if said else text).splitlines() if line.strip()]
        words = " ".join(line for line in lines if not re.match(r"HINT|\[\w+\] on .*retr|.* P0\d +INFO", line))
    words = "".join(sign if sign.isprintable() and ord(sign) < 0x2000 else "?" for sign in words)
    return reason, " ".join(words.split())[:300]


def told(result):
    """Leaves the result as the pod's last words, where the operator reads it."""
    text = json.dumps(result)
    print(text, flush=True)
    try:
        with open("/dev/termination-log", "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        pass  # outside of Kubernetes


class Repository:
    def __init__(self, folder=None):
        self.folder = folder or os.environ.get("NEXUS_REPOSITORY") or "/etc/nexus-backup"
        self.config = f"{self.folder}/pgbackrest.conf"
        parser = configparser.RawConfigParser(strict=False)
        if not parser.read(self.config, encoding="utf-8"):
            raise Trouble("Failed", f"{self.config} is not there: mount the repository's settings")
        self.stanza = next(name for name in parser.sections() if name != "global")
        self.wants = {
            "PGBACKREST_REPO1_S3_KEY": parser.get("global", "repo1-type", fallback="") == "s3",
            "PGBACKREST_REPO1_S3_KEY_SECRET": parser.get("global", "repo1-type", fallback="") == "s3",
            "PGBACKREST_REPO1_CIPHER_PASS": parser.get("global", "repo1-cipher-type", fallback="none") != "none",
        }

    def environment(self, **more):
        environment = {**os.environ, "PGBACKREST_CONFIG": self.config, "PGBACKREST_STANZA": self.stanza,
                       "NEXUS_REPOSITORY": self.folder, **more}
        for variable, name in SECRETS.items():
            if not self.wants[variable]:
                continue
            try:
                with open(f"{self.folder}/{name}", encoding="utf-8") as file:
                    environment[variable] = file.read().strip()
            except FileNotFoundError:
                raise Trouble("SecretMissing", f"the Secret with {name} is not there, or lacks that key") from None
        return environment

    def become(self, *arguments):
        """pgBackRest instead of this process."""
        try:
            environment = self.environment()
        except Trouble as trouble:
            sys.exit(f"nexus-pgbackrest: {trouble}")
        os.execvpe("pgbackrest", ["pgbackrest", *arguments], environment)

    def run(self, *arguments, timeout=None, **more):
        """pgBackRest's output. Raises Trouble when it fails, or takes longer than `timeout` seconds."""
        try:
            done = subprocess.run(
                ["pgbackrest", *arguments], env=self.environment(**more), timeout=timeout, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            )
        except subprocess.TimeoutExpired:
            raise Trouble("Unreachable", f"no answer within {timeout} s") from None
        if done.returncode != 0:
            raise Trouble(*explained(done.stdout))
        return done.stdout

    def info(self, timeout=None, **more):
        """What `pgbackrest info` tells of the stanza. Raises Trouble when the repository cannot be read."""
        output = self.run("info", "--output=json", timeout=timeout, **more)
        stanza = next(iter(json.loads(output[output.index("["):])), {})
        for repository in stanza.get("repo", []):
            if repository["status"]["code"] == 99:
                raise Trouble(*explained(repository["status"]["message"]))
        return stanza
