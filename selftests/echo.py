#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What goes in comes out: datagrams and streams whose every byte is compared.

echo.py serve				UDP echo and a TCP stream's digest, on port 7000 of IPv4 and IPv6; prints "ready"
echo.py sizes ADDRESS TRIES SIZE...	UDP payloads there and back, one at a time (SIZE may be LO-HI); prints
					"packets N bytes N" (payload bytes of one direction) or what went wrong
echo.py stream ADDRESS BYTES		a TCP stream there, its digest back
echo.py pull ADDRESS BYTES		a TCP stream from there
echo.py both ADDRESS BYTES		one after the other; prints which of them arrived whole
"""
import hashlib
import os
import selectors
import signal
import socket
import sys

PORT = 7000
# Wildcard address, and the option by which a socket leaves path MTU discovery alone (IP_MTU_DISCOVER, IPV6_MTU_DISCOVER)
FAMILIES = ((socket.AF_INET, "0.0.0.0", socket.IPPROTO_IP, 10),
            (socket.AF_INET6, "::", socket.IPPROTO_IPV6, 23))


def content(number, size):
    seed = hashlib.sha256(b"%d %d" % (number, size)).digest()
    return (number.to_bytes(1, "big") + seed * (size // 32 + 1))[:size]


def take(conn, size):
    """All of size bytes: MSG_WAITALL does not wait on a socket that has a timeout."""
    data = b""
    while len(data) < size:
        part = conn.recv(size - len(data))
        if not part:
            raise OSError(f"it ended {size - len(data)} bytes early")
        data += part
    return data


def serve_stream(conn):
    conn.settimeout(60)
    want = take(conn, 1)
    size = int.from_bytes(take(conn, 8), "big")
    if want == b"<":
        data = os.urandom(65536) * (size // 65536 + 1)
        conn.sendall(data[:size])
        conn.sendall(hashlib.sha256(data[:size]).digest())
        return
    digest = hashlib.sha256()
    while size:
        data = take(conn, min(size, 1 << 16))
        digest.update(data)
        size -= len(data)
    conn.sendall(digest.digest())


def serve():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    both = selectors.DefaultSelector()
    for family, address, level, discover in FAMILIES:
        udp = socket.socket(family, socket.SOCK_DGRAM)
        tcp = socket.socket(family, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            tcp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        # What it answers may be larger than the path: it is cut up, not refused.
        udp.setsockopt(level, discover, 0)
        udp.bind((address, PORT))
        tcp.bind((address, PORT))
        tcp.listen()
        both.register(udp, selectors.EVENT_READ)
        both.register(tcp, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in both.select():
            if key.fileobj.type == socket.SOCK_DGRAM:
                data, peer = key.fileobj.recvfrom(65536)
                key.fileobj.sendto(data, peer)
            else:
                conn, _ = key.fileobj.accept()
                with conn:
                    try:
                        serve_stream(conn)
                    except OSError as e:
                        print("stream:", e, flush=True)


def expand(words):
    for word in words:
        low, _, high = word.partition("-")
        yield from range(int(low), int(high or low) + 1)


def sizes(address, tries, words):
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    s.connect((address, PORT))
    s.settimeout(10)
    packets = total = 0
    for number, size in enumerate(expand(words)):
        data = content(number % 256, size)
        for _ in range(tries):
            s.send(data)
            packets += 1
            total += size
            try:
                back = s.recv(65536)
            except OSError as e:
                print(f"size {size}: {e}")
                return 1
            if back != data:
                print(f"size {size}: {len(back)} bytes came back, and others than were sent")
                return 1
    print(f"packets {packets} bytes {total}")
    return 0


def compare(told, digest):
    if told == digest.digest():
        return 0
    print("the digest differs")
    return 1


def stream(address, size):
    data = os.urandom(65536) * (size // 65536 + 1)
    with socket.create_connection((address, PORT), 20) as s:
        s.settimeout(90)
        s.sendall(b">" + size.to_bytes(8, "big"))
        s.sendall(data[:size])
        return compare(take(s, 32), hashlib.sha256(data[:size]))


def pull(address, size):
    with socket.create_connection((address, PORT), 20) as s:
        s.settimeout(90)
        s.sendall(b"<" + size.to_bytes(8, "big"))
        digest = hashlib.sha256()
        while size:
            data = take(s, min(size, 1 << 16))
            digest.update(data)
            size -= len(data)
        return compare(take(s, 32), digest)


def both(address, size):
    failed = False
    for name, way in (("out", stream), ("in", pull)):
        try:
            bad = way(address, size)
        except OSError as e:
            bad = e
        failed |= bool(bad)
        print(f"{name}: {bad or 'whole'}", flush=True)
    return failed


if __name__ == "__main__":
    command, rest = sys.argv[1], sys.argv[2:]
    if command == "serve":
        serve()
    elif command == "sizes":
        sys.exit(sizes(rest[0], int(rest[1]), rest[2:]))
    elif command == "stream":
        sys.exit(stream(rest[0], int(rest[1])))
    elif command == "both":
        sys.exit(both(rest[0], int(rest[1])))
    elif command == "pull":
        sys.exit(pull(rest[0], int(rest[1])))
    else:
        sys.exit(__doc__)
