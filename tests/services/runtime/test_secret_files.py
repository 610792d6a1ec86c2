import subprocess
import sys
from pathlib import Path

from services.runtime.secret_files import read_or_make, replace

SCRIPT = """
import sys
from pathlib import Path
from services.runtime.secret_files import read_or_make
sys.stdin.read(1)
print(read_or_make(Path(sys.argv[1]) / "deep" / "a.key").decode())
"""


def test_processes_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    started = [
        subprocess.Popen([sys.executable, "-c", SCRIPT, str(tmp_path)], **pipes)  # type: ignore[call-overload]
        for _ in range(6)
    ]
    for process in started:
        process.stdin.write("g")
        process.stdin.flush()
    said = {process.communicate(timeout=30)[0] for process in started}
    assert len(said) == 1
    assert said == {(tmp_path / "deep" / "a.key").read_text() + "\n"}
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a.key"]


def test_secrets_are_their_users_alone(tmp_path: Path) -> None:
    secret = tmp_path / "keys" / "a.key"
    made = read_or_make(secret)
    assert len(made) == 64
    assert secret.stat().st_mode & 0o777 == 0o600
    assert secret.parent.stat().st_mode & 0o777 == 0o700
    assert read_or_make(secret, b"another") == made


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    path.write_bytes(b"old")
    replace(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]
