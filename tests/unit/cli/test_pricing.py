from __future__ import annotations

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app


@pytest.mark.parametrize("arguments", [["replay"], ["replay", "advent", "--all"], ["backtest", "--families", "huge"]])
def test_a_command_that_cannot_be_meant_says_so(arguments):
    assert CliRunner().invoke(app, arguments).exit_code == 2
