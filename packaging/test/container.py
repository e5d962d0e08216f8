"""Small machines with a real systemd as PID 1: systemd-nspawn on an overlay over one base system, on a network of their
own that exists only while they run. Everything carries the id of this run, and only what carries it is ended or
removed.
"""
import ctypes
import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

PACKAGES = ("systemd-sysv,dbus,init-system-helpers,iproute2,procps,redis-server,redis-tools,"
            "libsqlite3-0,libsystemd0,zlib1g,libstdc++6,libgcc-s1")
# What a small machine does not need, and what would wait for a network.
MASKED = ("apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer "
          "console-getty.service getty@.service getty-static.service systemd-networkd.service systemd-resolved.service")
# Addresses for documentation (RFC 5737).
PREFIX = "192.0.2"
TOOLS = {"systemd-nspawn": "systemd-container", "mmdebstrap": "mmdebstrap", "ip": "iproute2", "unshare": "util-linux",
         "nsenter": "util-linux", "openssl": "openssl"}
ENVIRONMENT = ["env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
               "DEBIAN_FRONTEND=noninteractive"]


class Failed(Exception):
    """A command inside or outside did not do what it should."""


class Impossible(Failed):
    """This host gives no machines; nothing of ours has run yet."""


def call(*words, check=True, **more):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **{"stdin": subprocess.DEVNULL} | more)
    if check and done.returncode != 0:
        raise Failed(f"{' '.join(map(str, words))[:300]}: exit {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout if check else done


def why_impossible(directory):
    """One sentence, or None where machines can be booted."""
    if os.geteuid() != 0:
        return "not root"
    missing = sorted({package for tool, package in TOOLS.items() if not shutil.which(tool)})
    if missing:
        return f"no {', '.join(missing)}; tools/install-packages installs them"
    probe = directory / "probe"
    for name in ("lower", "upper", "work", "root"):
        (probe / name).mkdir(parents=True, exist_ok=True)
    group = f"/sys/fs/cgroup/perch-probe-{os.getpid()}"
    tries = [
        ("network namespaces are not allowed", ["unshare", "-n", "true"]),
        ("cgroup v2 cannot be mounted or written", [
            "unshare", "-m", "sh", "-c",
            f"mount -t cgroup2 cgroup2 /sys/fs/cgroup && mkdir {group} && rmdir {group}"]),
        (f"no overlay file system on {directory}", [
            "unshare", "-m", "mount", "-t", "overlay", "overlay", "-o",
            f"lowerdir={probe}/lower,upperdir={probe}/upper,workdir={probe}/work", f"{probe}/root"]),
    ]
    try:
        for reason, words in tries:
            done = call(*words, check=False)
            if done.returncode != 0:
                return f"{reason} ({done.stdout.strip().splitlines()[-1] if done.stdout.strip() else 'refused'})"
    finally:
        shutil.rmtree(probe, ignore_errors=True)
    return None


def suite():
    release = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    name = re.search(r"^VERSION_CODENAME=(\S+)", release, re.M)
    return name.group(1) if name else "bookworm"


def base_system(cache):
    """This host's own Debian, from its own sources; made once and kept."""
    key = hashlib.sha256(f"1 {suite()} {PACKAGES} {MASKED}".encode()).hexdigest()[:12]
    base = cache / f"base-{key}"
    if base.is_dir():
        return base
    part = cache / f"part-{os.getpid()}"
    is_ours = re.compile(rf"^(deb |Suites:).*\s{suite()}(\s|$)", re.M)
    sources = [path for pattern in ("sources.list", "sources.list.d/*.list", "sources.list.d/*.sources")
               for path in sorted(pathlib.Path("/etc/apt").glob(pattern))
               if is_ours.search(path.read_text(encoding="utf-8"))]
    options = [f"--aptopt={line}" for line in call("apt-config", "dump").splitlines()
               if re.match(r"Acquire::(http|https|Check|Retries)\b", line) and '""' not in line]
    try:
        call("mmdebstrap", "--quiet", "--variant=minbase", "--mode=root", "--format=directory", *options,
             "--aptopt=APT::Install-Recommends \"false\"", f"--include={PACKAGES}",
             f'--customize-hook=chroot "$1" systemctl -q mask {MASKED}',
             '--customize-hook=chroot "$1" systemctl -q disable redis-server.service',
             '--customize-hook=rm -rf "$1"/etc/apt/sources.list.d/* "$1"/etc/apt/apt.conf.d/99* "$1"/etc/hostname',
             '--customize-hook=: >"$1"/etc/apt/sources.list; : >"$1"/etc/machine-id; rm -f "$1"/etc/resolv.conf',
             suite(), str(part), *map(str, sources))
        part.rename(base)
    except Failed as failed:
        raise Impossible(f"no base system: {failed}") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return base


class Machine:
    def __init__(self, site, name, number):
        self.site, self.name = site, name
        self.address = f"{PREFIX}.{number}"
        self.id = f"{site.id}-{name}"
        self.directory = site.directory / name
        self.process = None

    def start(self):
        for part in ("up", "work", "root"):
            (self.directory / part).mkdir(parents=True)
        call("ip", "netns", "add", self.id)
        call("ip", "link", "add", "eth0", "netns", self.id, "type", "veth", "peer", "name", f"v-{self.name}",
             "netns", self.site.id)
        call("ip", "-n", self.site.id, "link", "set", f"v-{self.name}", "master", "br0", "up")
        call("ip", "-n", self.id, "addr", "add", f"{self.address}/24", "dev", "eth0")
        for link in ("lo", "eth0"):
            call("ip", "-n", self.id, "link", "set", link, "up")
        # bpf lets IPAddressDeny= really drop packets inside.
        script = f"""set -e
            mount -t overlay overlay -o lowerdir={self.site.base},upperdir=up,workdir=work root
            mount -t cgroup2 cgroup2 /sys/fs/cgroup
            mkdir /sys/fs/cgroup/{self.id}; echo $$ > /sys/fs/cgroup/{self.id}/cgroup.procs
            export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
            exec systemd-nspawn --quiet --boot --directory=root --machine={self.id} --hostname={self.name} \
                --register=no --keep-unit --network-namespace-path=/run/netns/{self.id} --link-journal=no \
                --resolv-conf=off --timezone=off --console=pipe \
                --capability=CAP_BPF,CAP_PERFMON,CAP_NET_ADMIN --system-call-filter=bpf"""
        with open(self.directory / "console", "wb") as console:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "slave", "sh", "-c", script], cwd=self.directory,
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True,
                preexec_fn=lambda: ctypes.CDLL(None).prctl(1, signal.SIGTERM))    # ends with this program, however

    def leader(self):
        """PID 1 of the machine: nspawn's child, once it has become systemd; before that it is half outside."""
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                status = (entry / "status").read_text()
                if f"\nPPid:\t{self.process.pid}\n" in status and status.startswith("Name:\tsystemd\n") and re.search(
                        r"^NSpid:.*\t1$", status, re.M):
                    return entry.name
            except OSError:
                continue
        return None

    def wait_for_boot(self):
        def is_up():
            if self.process.poll() is not None:
                raise Failed(f"{self.name} did not boot:\n{(self.directory / 'console').read_text()[-2000:]}")
            if not self.leader():
                return False
            return self.run("systemctl is-system-running", check=False).stdout.strip() in ("running", "degraded")
        wait_until(f"{self.name} is up", is_up, 60)

    def run(self, script, check=True, **more):
        leader = self.leader()
        if not leader:
            raise Failed(f"{self.name} is not up")
        return call("nsenter", "-t", leader, "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w", *ENVIRONMENT,
                    "/bin/sh", "-c", script, check=check, **more)

    def put(self, path, data, mode="644", owner="root:root"):
        data = data.read_bytes() if isinstance(data, pathlib.Path) else data.encode()
        leader = self.leader()
        subprocess.run(["nsenter", "-t", leader, "-m", "-r", "-w", *ENVIRONMENT, "/bin/sh", "-c",
                        f"umask 077; mkdir -p -m 755 $(dirname {path}); cat >{path}.part && "
                        f"chmod {mode} {path}.part && chown {owner} {path}.part && mv {path}.part {path}"], input=data, check=True)

    def ask_to_stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()    # nspawn asks its PID 1 for an orderly power-off

    def remove(self):
        if self.process:
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                pass
            remove_group(self.id)    # nspawn included, when it is still there
            self.process.wait(5)
        call("ip", "netns", "del", self.id, check=False)
        shutil.rmtree(self.directory, ignore_errors=True)


def remove_stale(cache):
    """What a run left that was killed too hard to clean up: its machines have ended with it."""
    for path in cache.glob("perch[0-9]*"):
        run = path.name.split("-")[0]
        if pathlib.Path("/proc", run[5:]).exists():
            continue
        for line in call("ip", "netns", "list").splitlines():
            name = line.split()[0]
            if name == run or name.startswith(run + "-"):
                remove_group(name)
                call("ip", "netns", "del", name, check=False)
        shutil.rmtree(path, ignore_errors=True)


def remove_group(name):
    """Ends whatever is in a machine's own control group, and only that, and removes the group."""
    call("unshare", "-m", "sh", "-c", f"""mount -t cgroup2 cgroup2 /sys/fs/cgroup; cd /sys/fs/cgroup/{name} || exit 0
        echo 1 > cgroup.kill; for i in 1 2 3 4 5 6 7 8 9 10; do
        grep -q 'populated 0' cgroup.events && break; sleep 0.2; done
        find . -depth -mindepth 1 -type d -exec rmdir {{}} +; cd ..; rmdir {name}""", check=False)


class Site:
    """A bridge and its machines; a context that leaves nothing behind."""

    def __init__(self, cache, names):
        self.id = f"perch{os.getpid()}"
        self.base = base_system(cache)
        self.directory = cache / self.id
        self.machines = {name: Machine(self, name, 11 + index) for index, name in enumerate(names)}

    def __enter__(self):
        try:
            self.directory.mkdir()
            call("ip", "netns", "add", self.id)
            call("ip", "-n", self.id, "link", "add", "br0", "type", "bridge")
            call("ip", "-n", self.id, "link", "set", "br0", "up")
            for machine in self.machines.values():
                machine.start()
            hosts = "".join(f"{one.address} {one.name}\n" for one in self.machines.values())
            for machine in self.machines.values():
                machine.wait_for_boot()
                machine.put("/etc/hosts", f"127.0.0.1 localhost\n::1 localhost\n{hosts}")
        except BaseException as error:
            self.__exit__()
            if isinstance(error, Failed):
                raise Impossible(str(error)) from None
            raise
        return self

    def __exit__(self, *_):
        for machine in self.machines.values():
            machine.ask_to_stop()
        for machine in self.machines.values():
            machine.remove()
        call("ip", "netns", "del", self.id, check=False)
        shutil.rmtree(self.directory, ignore_errors=True)


def wait_until(what, is_so, seconds, step=0.3):
    end = time.monotonic() + seconds
    while True:
        answer = is_so()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failed(f"after {seconds} s still not: {what}")
        time.sleep(step)
