"""The build hook that puts the explorer's assets into every wheel and editable install."""

import subprocess
import sys
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ExplorerHook(BuildHookInterface[BuilderConfig]):
    """Runs `python -m app.explorer.build` in the source tree; its failure ends the build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        # A process of its own: the source tree is not on this one's import path.
        done = subprocess.run([sys.executable, "-m", "app.explorer.build"], cwd=self.root)
        if done.returncode != 0:
            raise SystemExit(done.returncode)
