# SPDX-License-Identifier: 0BSD
"""A PlatformIO platform that needs nothing from PlatformIO's registry as long as a compiler is at hand."""

import importlib.util
import json
import os
import shutil
import tempfile
from pathlib import Path

from platformio.dependencies import get_core_dependencies
from platformio.package.manager.tool import ToolPackageManager
from platformio.package.meta import PackageSpec
from platformio.platform.base import PlatformBase


def _provide_scons():
    """Make SCons from PyPI the tool-scons package PlatformIO looks for, unless there is one or no SCons."""
    requirement = get_core_dependencies()["tool-scons"]
    manager = ToolPackageManager()
    spec = PackageSpec(owner="platformio", name="tool-scons", requirements=requirement)
    if manager.get_package(spec) or not importlib.util.find_spec("SCons"):
        return
    version = requirement.lstrip("~^=> ")
    target = Path(manager.package_dir) / f"tool-scons-pip-{version}"
    target.parent.mkdir(parents=True, exist_ok=True)
    # PlatformIO takes no folder of this name for a package, so that nobody finds it before it has its real name.
    fresh = Path(tempfile.mkdtemp(prefix="_tmp_installing-", dir=target.parent))
    (fresh / "scons.py").write_text("import SCons.Script.Main\nSCons.Script.Main.main()\n")
    (fresh / "package.json").write_text(json.dumps({"name": "tool-scons", "version": version}))
    meta = {
        "type": "tool",
        "name": "tool-scons",
        "version": version,
        "spec": {
            "owner": "platformio",
            "id": None,
            "name": "tool-scons",
            "requirements": None,
            "uri": f"file://{target}",
        },
    }
    (fresh / ".piopm").write_text(json.dumps(meta))
    try:
        os.replace(fresh, target)
    except OSError:  # another build was faster
        shutil.rmtree(fresh, ignore_errors=True)
    manager.memcache_reset()


_provide_scons()


class TinykitPlatform(PlatformBase):
    def configure_default_packages(self, variables, targets):
        board = self.board_config(variables["board"])
        prefix = board.get("tinykit.prefix")
        have = shutil.which(f"{prefix}gcc") or importlib.util.find_spec("ziglang")
        if not have and prefix == "arm-none-eabi-":
            self.packages["toolchain-gccarmnoneeabi"]["optional"] = False
        return super().configure_default_packages(variables, targets)
