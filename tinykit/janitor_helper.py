"""The helper of `tinykit.janitor`: keeps a list of process groups and folders, and clears it when the pipe breaks."""

import json
import os
import shutil
import signal
import sys
import time


def main() -> None:
    groups: set[int] = set()
    folders: set[str] = set()
    for line in sys.stdin:
        entry = json.loads(line)
        for kept, key in ((groups, "group"), (folders, "folder")):
            if key in entry:
                (kept.add if entry["keep"] else kept.discard)(entry[key])
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except OSError:
            continue
    for _ in range(5):  # what has just been ended may still have been writing
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        folders = {folder for folder in folders if os.path.exists(folder)}  # noqa: PTH110 (quick to start)
        if folders:
            time.sleep(0.2)


if __name__ == "__main__":
    main()
