"""A collector's place taken: asks for the agent's certificate, acknowledges every report, counts bytes."""
import gzip
import socket
import ssl
import threading


class Sink:
    """Listens on loopback; `reports`, `wire_bytes` and `last_wire_bytes` grow while it serves."""

    DEADLINE_SECONDS = 60
    HEAD_BYTES = 16 << 10
    BODY_BYTES = 4 << 20

    def __init__(self, authority, certificate, key):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(certificate, key)
        self.context.load_verify_locations(authority)
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.reports = self.posts = self.wire_bytes = self.last_wire_bytes = 0
        self.body = b""
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.settimeout(self.DEADLINE_SECONDS)
        try:
            with self.context.wrap_socket(connection, server_side=True) as channel, channel.makefile("rb") as reader:
                while self.answer(reader, channel):
                    pass
        except (OSError, ValueError):
            pass    # It went away, or spoke no HTTP: the agent connects again.

    def answer(self, reader, channel):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = reader.readline(self.HEAD_BYTES)
            if not line or len(head) > self.HEAD_BYTES:
                return False
            head += line
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(
            b"content-length:"))
        if length > self.BODY_BYTES:
            return False
        body = reader.read(length)
        runs, reports = acknowledged(gzip.decompress(body))
        with self.lock:
            self.posts += 1
            self.reports += reports
            self.wire_bytes += len(head) + length
            self.last_wire_bytes = (len(head) + length) // max(1, reports)
            self.body = body
        ack = b"".join(field(1, field(1, run) + b"\x10" + varint(last)) for run, last in runs.items())
        channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: "
                        + str(len(ack)).encode() + b"\r\n\r\n" + ack)
        return True


def acknowledged(batch):
    """Highest sequence of each run, and how many reports; ReportBatch and Report of report.proto."""
    runs, count = {}, 0
    for number, report in fields(batch):
        if number == 1:
            content = dict(fields(report))
            count += 1
            runs[content[3]] = max(runs.get(content[3], 0), content[4])
    return runs, count


def fields(message):
    """Varints and length-delimited fields of a message, which is all that this contract has."""
    place = 0
    while place < len(message):
        tag, place = read_varint(message, place)
        value, place = read_varint(message, place)
        if tag & 7 == 2:
            value, place = message[place:place + value], place + value
        elif tag & 7 != 0:
            raise ValueError(f"wire type {tag & 7}")
        yield tag >> 3, value


def read_varint(message, place):
    value = shift = 0
    while shift < 70:
        byte = message[place]
        place += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, place
    raise ValueError("a varint is longer than ten bytes")


def varint(value):
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content
