"""Memory, CPU time, threads and open files of a process, as the kernel counts them."""
import os
import pathlib

TICKS = os.sysconf("SC_CLK_TCK")


class Usage:
    """Private: what this process alone has written, so that nobody else can have it; pages of files that are merely not
    on disk yet do not count. PSS: that, and its share of file pages."""

    def __init__(self, process):
        directory = pathlib.Path(f"/proc/{process}")
        sizes = {}
        for line in (directory / "smaps_rollup").read_text().splitlines()[1:]:
            name, size = line.split(":")
            sizes[name] = int(size.split()[0]) * 1024
        self.private = sizes["Anonymous"] + sizes.get("Private_Hugetlb", 0)
        self.pss = sizes["Pss"]
        self.resident = sizes["Rss"]
        # The second field is the name in brackets, which may hold spaces.
        stat = (directory / "stat").read_text().rpartition(")")[2].split()
        self.cpu_seconds = (int(stat[11]) + int(stat[12])) / TICKS
        self.threads = int(stat[17])
        self.files = len(list((directory / "fd").iterdir()))
