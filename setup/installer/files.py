"""Folders that appear whole or not at all, and locks between processes."""

import contextlib
import fcntl
import hashlib
import shutil

from .errors import SetupError


@contextlib.contextmanager
def building(folder):
    """A temporary folder that takes the place of ``folder`` at the end.

    What an interrupted run left is thrown away.
    """
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    yield part
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


@contextlib.contextmanager
def locked(file):
    """Only one process at a time is inside."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another command that is installing", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def held(file, complaint):
    """Nobody else is inside; who comes second fails with the complaint."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError(complaint, "Stop the other one first") from None
        yield


class SharedLock:
    """Says that this process uses something, and who is the last to leave.

    The operating system releases it with the process, however that ends.
    """

    def __init__(self, file):
        self._file = file.open("a")
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def is_last(self):
        """Whether nobody else uses it; then nobody else can begin to."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self):
        self._file.close()


def get_hash(*parts):
    """A short name for a state: of texts and of the contents of files."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if hasattr(part, "read_bytes") else part.encode()
        digest.update(f"{len(content)}:".encode() + content)
    return digest.hexdigest()[:12]
