import os
import subprocess
import sys

SCRIPT = """
from services.runtime.logs import configure, logger
configure("INFO")
logger.info("first", cents=1)
print("went on", file=__import__("sys").stderr)
"""


def test_a_line_is_one_json_object() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True)
    assert done.stdout.startswith('{"cents":1,"event":"first","level":"info","timestamp":"')
    assert done.stdout.endswith('Z"}\n')


def test_a_log_that_nobody_reads_stops_nothing() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], check=True, stdout=writer, stderr=subprocess.PIPE, text=True
        )
    finally:
        os.close(writer)
    assert done.stderr == "went on\n"
