"""Redis servers on loopback: empty of data, with the ACL user of the agent, under a trickle of commands."""
import pathlib
import socket
import subprocess
import threading
import time

AGENT_USER, AGENT_PASSWORD = "perch", "bench"
ACL = f"user {AGENT_USER} on >{AGENT_PASSWORD} resetkeys resetchannels -@all +ping +info +latency|histogram"
# What an application might send; the replies are of no interest.
COMMANDS = [b"SET a 1\r\n", b"GET a\r\n", b"INCR n\r\n", b"HSET h f v\r\n", b"HGET h f\r\n", b"LPUSH l 1\r\n",
            b"LPOP l\r\n", b"EXPIRE a 100\r\n", b"DEL h\r\n", b"EXISTS a\r\n"]


def free_ports(count):
    """Ports that were free a moment ago, all different."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


class Fleet:
    def __init__(self, directory, count):
        self.directory = directory
        self.ports = free_ports(count)
        self.servers = []
        self.ending = threading.Event()
        self.load = threading.Thread(target=self.trickle, daemon=True)

    def __enter__(self):
        try:
            for port in self.ports:
                self.servers.append(self.start(port))
            for port in self.ports:
                self.wait(port)
        except BaseException:
            self.__exit__()
            raise
        self.load.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        if self.load.ident is not None:
            self.load.join(10)
        for server in self.servers:
            server.kill()
        for server in self.servers:
            server.wait(10)

    def start(self, port):
        place = self.directory / f"redis-{port}"
        place.mkdir()
        configuration = place / "redis.conf"
        # The data directory is the server's working directory.
        configuration.write_text(f'bind 127.0.0.1\nport {port}\nsave ""\nappendonly no\nlogfile log\n{ACL}\n')
        return subprocess.Popen(["redis-server", configuration.name], cwd=place, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @staticmethod
    def wait(port, seconds=30):
        until = time.monotonic() + seconds
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                    connection.sendall(b"PING\r\n")
                    if connection.recv(64).startswith(b"+PONG"):
                        return
            except OSError:
                pass
            if time.monotonic() > until:
                raise TimeoutError(f"the Redis server on port {port} does not answer")
            time.sleep(0.05)

    def trickle(self):
        """About one command a second to each, on kept connections; all commands to each at once first."""
        connections = [socket.create_connection(("127.0.0.1", port), timeout=5) for port in self.ports]
        for connection in connections:
            connection.sendall(b"".join(COMMANDS))
        turn = 0
        while not self.ending.is_set():
            began = time.monotonic()
            for connection in connections:
                connection.sendall(COMMANDS[turn % len(COMMANDS)])
                connection.recv(65536)
            turn += 1
            self.ending.wait(max(0.0, began + 1 - time.monotonic()))
        for connection in connections:
            connection.close()

    @property
    def paths(self):
        return [self.directory / f"redis-{port}" for port in self.ports]


def write(path, text):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
