"""What is measured: the agent, and what one would run instead. Each is started, given work every ten seconds and ended
by its own process id."""
import http.client
import os
import pathlib
import re
import subprocess
import threading
import time

from fleet import AGENT_PASSWORD, AGENT_USER, free_ports, write

INTERVAL_SECONDS = 10


class Watcher:
    """One process. `scrape` runs in a thread of its own where somebody has to ask."""

    name = package = ""

    def __init__(self, directory, words, environment=()):
        self.log = open(directory / f"{self.name}.log", "wb")
        self.ending = threading.Event()
        self.process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT, cwd=directory,
                                        env={**os.environ, **dict(environment)})
        self.answers = self.answer_bytes = 0
        self.thread = None

    def scrape(self, port, paths):
        """Asks for every path once in an interval, evenly spread, on one kept connection, as Prometheus does."""
        def ask():
            connection = None
            begin = time.monotonic()
            turn = 0
            while not self.ending.is_set():
                due = begin + turn * INTERVAL_SECONDS / len(paths)
                if self.ending.wait(max(0.0, due - time.monotonic())):
                    return
                try:
                    connection = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                    connection.request("GET", paths[turn % len(paths)], headers={"Accept-Encoding": "gzip"})
                    answer = connection.getresponse()
                    body = answer.read()
                    if answer.status == 200:
                        self.answers += 1
                        self.answer_bytes += len(body)
                except OSError:
                    connection = None
                turn += 1
        self.thread = threading.Thread(target=ask, daemon=True)
        self.thread.start()

    def close(self):
        self.ending.set()
        if self.thread:
            self.thread.join(15)
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.log.close()


class NodeExporter(Watcher):
    name = package = "prometheus-node-exporter"

    def __init__(self, directory, _fleet):
        port, = free_ports(1)
        super().__init__(directory, [self.name, f"--web.listen-address=127.0.0.1:{port}"])
        self.scrape(port, ["/metrics"])


class RedisExporter(Watcher):
    name = package = "prometheus-redis-exporter"

    def __init__(self, directory, fleet):
        port, = free_ports(1)
        super().__init__(directory, [self.name, f"-web.listen-address=127.0.0.1:{port}", "-redis.addr="])
        self.scrape(port, [f"/scrape?target=redis://127.0.0.1:{one}" for one in fleet.ports])


class Collectd(Watcher):
    name, package = "collectd", "collectd-core"
    PLUGINS = ["cpu", "memory", "disk", "df", "interface", "load", "uptime", "vmem", "protocols", "tcpconns", "csv"]

    def __init__(self, directory, fleet):
        nodes = "\n".join(f'<Node "{port}">\nHost "127.0.0.1"\nPort "{port}"\n</Node>' for port in fleet.ports)
        configuration = write(directory / "collectd.conf", "\n".join(
            [f"Interval {INTERVAL_SECONDS}", f'BaseDir "{directory}"', f'PIDFile "{directory}/collectd.pid"',
             'TypesDB "/usr/share/collectd/types.db"', 'Hostname "bench"', "FQDNLookup false"]
            + [f"LoadPlugin {plugin}" for plugin in [*self.PLUGINS, "redis"]]
            + [f'<Plugin csv>\nDataDir "{directory}/csv"\n</Plugin>', f"<Plugin redis>\n{nodes}\n</Plugin>", ""]))
        super().__init__(directory, ["/usr/sbin/collectd", "-f", "-C", configuration])


class Agent(Watcher):
    name = package = "perch-agent"
    UNIT = pathlib.Path(__file__).resolve().parents[2] / "packaging/systemd/perch-agent.service"

    def __init__(self, directory, fleet, program, sink, authority, credentials):
        password = write(directory / "redis-password", AGENT_PASSWORD + "\n")
        instances = "\n".join(
            f'[[redis.instances]]\nname = "i{number}"\naddress = "127.0.0.1:{port}"\ndata_directory = "{path}"\n'
            for number, (port, path) in enumerate(zip(fleet.ports, fleet.paths)))
        configuration = write(directory / "agent.toml", f"""state_directory = "{directory}/agent"
interval_ms = {INTERVAL_SECONDS * 1000}
[collector]
address = "127.0.0.1:{sink.port}"
spiffe_id = "spiffe://perch.example/perch/collector/bench"
certificate = "{credentials[0]}"
key = "{credentials[1]}"
certificate_authority = "{authority}"
[redis]
discover = false
username = "{AGENT_USER}"
password_file = "{password}"
{instances}
""")
        (directory / "agent").mkdir()
        # In the environment that its unit gives it.
        environment = re.findall(r"^Environment=(\w+)=(.*)$", self.UNIT.read_text(), re.M)
        super().__init__(directory, [program, "--config", configuration], environment)
