#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: ike_load.py echo J          answers on 10.2.1.1 .. 10.2.J.1
       ike_load.py ask I J WINDOW  asks for a tunnel from each of 10.1.1.1 .. 10.1.I.1 to each of those

A tunnel is up when an answer comes through it. WINDOW of them are asked for at a time; a question is repeated, as it may
have been dropped while there was no tunnel. Prints the seconds from the first question to the last answer, and how many
milliseconds a tunnel took, as members of a JSON object."""
import selectors
import socket
import sys
import time

PORT = 7777
AGAIN = 0.05
LIMIT = 600


def bound(address, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, port))
    s.setblocking(False)
    return s


def echo(count):
    loop = selectors.DefaultSelector()
    for j in range(1, count + 1):
        loop.register(bound(f"10.2.{j}.1", PORT), selectors.EVENT_READ)
    while True:
        for key, _ in loop.select():
            data, peer = key.fileobj.recvfrom(100)
            try:
                key.fileobj.sendto(data, peer)
            except OSError:
                pass    # its SA is not there yet: it will be asked again


def ask(rows, columns, window):
    loop = selectors.DefaultSelector()
    sockets = []
    for i in range(1, rows + 1):
        sockets.append(bound(f"10.1.{i}.1", PORT))
        loop.register(sockets[-1], selectors.EVENT_READ)
    # neighbours in this list share no address: no side's lookups are warm
    todo = [(i, (i + d) % columns) for d in range(columns) for i in range(rows)]
    todo.reverse()
    total, first, again, took = len(todo), {}, {}, []

    def question(pair):
        again[pair] = time.monotonic() + AGAIN
        try:
            sockets[pair[0]].sendto(b"%d %d" % pair, (f"10.2.{pair[1] + 1}.1", PORT))
        except OSError:
            pass        # no tunnel yet
    start = time.monotonic()
    while len(took) < total:
        while todo and len(again) < window:
            pair = todo.pop()
            first[pair] = time.monotonic()
            question(pair)
        for key, _ in loop.select(max(0, min(again.values()) - time.monotonic())):
            pair = tuple(map(int, key.fileobj.recv(100).split()))
            if again.pop(pair, None) is not None:
                took.append(time.monotonic() - first[pair])
        now = time.monotonic()
        for pair in [p for p, when in again.items() if when <= now]:
            question(pair)
        if now - start > LIMIT:
            print(f"{len(took)} of {total} tunnels are up after {LIMIT} s; not these: {sorted(again)[:5]}")
            return 1
    took.sort()
    print(f'"seconds": {time.monotonic() - start:.4f}, "median_ms": {1000 * took[total // 2]:.1f}, "worst_ms": {1000 * took[-1]:.1f}')
    return 0


if sys.argv[1] == "echo":
    echo(int(sys.argv[2]))
sys.exit(ask(*map(int, sys.argv[2:])))
