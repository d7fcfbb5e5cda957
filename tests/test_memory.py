"""What a process holds after many compilations."""

import subprocess
import sys

import pytest


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_200_compilations_stay_within_300_mb_of_the_first_ten(root):
    command = [sys.executable, root / "tools" / "memory.py", "--count", "200", "--limit-mb", "300"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "200 compiled" in done.stdout
