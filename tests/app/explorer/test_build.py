"""Building the assets: done once, with any recent Node, and clear about what went wrong."""

import json
import sys
from pathlib import Path

import pytest

from app.explorer.build import HERE, BuildError, build, find_tools
from tests.app.explorer.conftest import BUILD_TIMEOUT

pytestmark = pytest.mark.timeout(BUILD_TIMEOUT)


def test_what_is_built_is_not_built_again(assets: None) -> None:
    """With the same sources a second build does nothing."""
    assert build() == "explorer: up to date"


def test_the_lock_names_no_place_to_load_from() -> None:
    """Where packages come from is the builder's setting; the lock has their content's hashes."""
    lock = json.loads((HERE / "ui" / "package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]

    assert len(packages) > 50
    assert all("integrity" in package for package in packages)
    assert not any("resolved" in package for package in packages)


def test_a_failed_step_is_shown(tmp_path: Path) -> None:
    """A lock file that does not fit stops the build with npm's own words, and stamps nothing."""
    (tmp_path / "ui").mkdir()
    (tmp_path / "ui" / "package.json").write_text('{"dependencies": {"react": "19"}}')

    with pytest.raises(BuildError, match=r"(?s)npm.* ci .* in .*ended with 1:.*package-lock"):
        build(tmp_path)

    assert not (tmp_path / "static").exists()


@pytest.mark.parametrize("version", ["v18.20.4", "v20.18.3", "none"])
def test_an_old_node_is_passed_over(tmp_path: Path, version: str) -> None:
    """Where `PATH` has only an old Node, the one that a Python package brings is taken."""
    for name in ("node", "npm"):
        command = tmp_path / name
        command.write_text(f"#!/bin/sh\necho {version}\n")
        command.chmod(0o755)

    tools = find_tools(str(tmp_path))

    assert tools.node[0] == tools.npm[0] == sys.executable


def test_a_recent_node_is_taken_from_path(tmp_path: Path) -> None:
    """Where `PATH` has a Node that is recent enough, it is used, with its npm."""
    for name in ("node", "npm"):
        command = tmp_path / name
        command.write_text("#!/bin/sh\necho v22.12.0\n")
        command.chmod(0o755)

    tools = find_tools(str(tmp_path))

    assert (tools.node, tools.npm) == ((str(tmp_path / "node"),), (str(tmp_path / "npm"),))
