#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A flow of numbered UDP packets, every one accounted for.

flow.py send ADDRESS PORT COUNT RATE SIZE [TRAIN]	numbers 0..COUNT-1 at RATE a second, SIZE bytes each; TRAIN of them
						at a time, which the kernel segments (UDP_SEGMENT)
flow.py recv PORT COUNT SECONDS			ends when all came, or none for SECONDS; prints
						"received N lost N duplicate N reordered N corrupt N" and what is lost
"""
import hashlib
import os
import socket
import struct
import sys
import time


def payload(number, size):
    head = struct.pack("!QQ", number, size)
    seed = hashlib.sha256(head).digest()
    return (head + seed * (size // 32 + 1))[:size]


def send(address, port, count, rate, size, train=1):
    # From one CPU, and so through one CPU's queues all the way: on two virtual ones, of which the host may stop either at
    # any time, packets overtake each other by more than a replay window.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    if train > 1:
        s.setsockopt(socket.IPPROTO_UDP, 103, size)
    trains = [b"".join(payload(i, size) for i in range(n, min(n + train, count))) for n in range(0, count, train)]
    start = time.monotonic()
    for n, data in enumerate(trains):
        wait = start + n * train / rate - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        s.sendto(data, (address, port))


def recv(port, count, seconds):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE: room for what comes while this process waits for a CPU
    s.bind(("::", port))
    print("ready", flush=True)
    seen, duplicate, reordered, corrupt, last = set(), 0, 0, 0, -1
    end = time.monotonic() + max(seconds, 60)  # the sender has yet to start
    while len(seen) < count and time.monotonic() < end:
        s.settimeout(max(0.01, end - time.monotonic()))
        try:
            data = s.recv(65536)
        except socket.timeout:
            break
        if len(data) < 16:
            corrupt += 1
            continue
        end = time.monotonic() + seconds
        number, size = struct.unpack("!QQ", data[:16])
        if number >= count or data != payload(number, len(data)) or size != len(data):
            corrupt += 1
            continue
        duplicate += number in seen
        reordered += number < last
        last = max(last, number)
        seen.add(number)
    lost = [n for n in range(count) if n not in seen]
    print(f"received {len(seen)} lost {len(lost)} duplicate {duplicate} reordered {reordered} corrupt {corrupt}", flush=True)
    if lost:
        print("lost:", lost[:50])
    return bool(lost or duplicate or corrupt)


if __name__ == "__main__":
    if sys.argv[1] == "send":
        send(sys.argv[2], *map(int, sys.argv[3:8]))
    else:
        sys.exit(recv(*map(int, sys.argv[2:5])))
