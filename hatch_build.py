"""An editable install finds boards, templates and models in the checkout: it needs no copies of them."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":  # in place of the wheel's force-include; it may not be empty
            build_data["force_include_editable"] = {"tinykit/py.typed": "tinykit/py.typed"}
