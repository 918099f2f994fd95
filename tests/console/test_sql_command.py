"""`afteraction sql`: what is asked wrongly is said in words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_wrong_query_is_an_error_in_words(home):
    """It was a traceback."""
    asked = [Path(sys.executable).with_name("afteraction"), "sql", "SELECT nobody FROM findings"]
    ran = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.startswith("error: query: Binder Error:")
    assert "nobody" in ran.stderr
    assert "Traceback" not in ran.stderr
