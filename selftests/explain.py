#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Single packets for explain.sh: reads requests, a line each, and answers each with a line.

wire NETNS KIND...: ESP made by hand, from gb to ga; KIND says what is wrong with it.
udp NETNS DST SPORT DPORT LEN [df|nodf]: one UDP packet of LEN bytes, IP header included.
agree NETNS SRC DST SPORT DPORT LEN [df|nodf]: asks ga what would become of that packet, from NETNS (ha, hb: it comes in by
	lan, wan; ga: its own), then sends it. The answer is what ga said and what happened.
UDP to port 9 of hb is received and not answered.
"""
import errno
import json
import os
import socket
import struct
import subprocess
import sys
import time

from esp_bad import GA, GB, HA, HB, enter, ip, seal, udp

IP_MTU_DISCOVER = 10
IPV6_MTU_DISCOVER = 23
PMTUDISC_DONT, PMTUDISC_PROBE = 0, 3


def inner(src=HB, dst=HA):
    return ip(src, dst, 17, udp(b"x" * 10, 1111, 2222))


def forged():
    body = seal(inner(), 70)
    return body[:-1] + bytes([body[-1] ^ 1])


WIRE = {
    "good": lambda: (GB, seal(inner(), 7)),
    "invalid-spi": lambda: (GB, seal(inner(), 9, spi=0x2001)),
    "truncated": lambda: (GB, struct.pack("!IH", 0x2000, 0)),
    "bad-icv": lambda: (GB, forged()),
    "replay-zero": lambda: (GB, seal(inner(), 0)),
    "wrong-source": lambda: ("198.51.100.77", seal(inner(), 71)),
    "bad-length": lambda: (GB, seal(inner(), 72, cut=4)),
    "bad-padding": lambda: (GB, seal(inner(), 73, trailer=bytes(8) + b"\x06\x04")),
    "bad-next-header": lambda: (GB, seal(inner(), 74, nxt=50)),
    "bad-inner": lambda: (GB, seal(inner()[:19], 75)),
    "identity": lambda: (GB, seal(inner("10.3.0.1"), 76)),
}


def wire(netns, *kinds):
    enter(netns)
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for kind in kinds:
        src, body = WIRE[kind]()
        raw.sendto(ip(src, GA, 50, body), (GA, 0))


def one(netns, dst, sport, dport, length, df="nodf"):
    enter(netns)
    six = ":" in dst
    s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
    discover = PMTUDISC_PROBE if df == "df" else PMTUDISC_DONT
    if six:
        s.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, discover)
    else:
        s.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, discover)
    s.bind(("::" if six else "0.0.0.0", int(sport)))
    s.sendto(os.urandom(int(length) - (48 if six else 28)), (dst, int(dport)))


def cmap(*words):
    return json.loads(subprocess.run(["cmap", "-n", "ga", "-j", *words], capture_output=True, check=True).stdout)


def snmp():
    """This namespace's counters of IPv4 and IPv6, by nstat's names"""
    found = {}
    for path in ("/proc/thread-self/net/snmp", "/proc/thread-self/net/netstat"):
        with open(path, encoding="ascii") as f:
            lines = [line.split() for line in f]
        for names, values in zip(lines[::2], lines[1::2]):
            found.update((names[0][:-1] + name, int(value)) for name, value in zip(names[1:], values[1:]))
    with open("/proc/thread-self/net/snmp6", encoding="ascii") as f:
        found.update((name, int(value)) for name, value in map(str.split, f))
    return found


def snapshot(received):
    """What tells the fates of packets apart"""
    enter("ga")
    ga = snmp()
    found = {"out": sum(sa["stats"]["out_packets"] for sa in cmap("sa", "show")),
             "held": sum(r["stats"]["held"] for e in cmap("map", "show") for r in e.get("rules", []) if "stats" in r),
             "cut": ga["IpFragOKs"] + ga["Ip6FragOKs"],
             "lost": ga["IpInAddrErrors"] + ga["IpOutNoRoutes"] + ga["Ip6InNoRoutes"] + ga["Ip6OutNoRoutes"] +
             ga["IpExtInNoRoutes"],
             "here": ga["UdpNoPorts"] + ga["Udp6NoPorts"],
             "clear": received()}
    found.update({d["name"]: d["packets"] for d in cmap("stats")[0].get("drops", [])})
    return found


def fate(before, now):
    diff = {k: v - before.get(k, 0) for k, v in now.items() if v != before.get(k, 0)}
    cut = diff.pop("cut", 0)
    out = diff.pop("out", 0)
    if out and not diff:
        return "fragment" if out > 1 or cut else "protect"
    names = {"held": "wait", "no-sa": "wait", "fragmentation-needed": "too-big", "no-route": "no-peer-route",
             "lost": "no-route", "here": "local"}
    if len(diff) == 1 and not out and list(diff.values()) == [1]:
        name = list(diff)[0]
        return names.get(name, name)
    return f"{diff} out {out}" if diff or out else "nothing"


def agree(received, netns, src, dst, sport, dport, length, df="nodf"):
    words = ["trace", src, dst, "udp", sport, dport, "len", length]
    if df == "df":
        words.append("df")
    if netns != "ga":
        words += ["iif", "lan" if netns == "ha" else "wan"]
    before = snapshot(received)
    said = cmap(*words)["verdict"]
    if snapshot(received) != before:
        return f"{said}, and asking was counted"
    try:
        one(netns, dst, sport, dport, length, df)
    except OSError as e:
        return f"{said} {'no-route' if e.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH) else e}"
    end = time.monotonic() + 10
    while (what := fate(before, snapshot(received))) == "nothing" and time.monotonic() < end:
        pass
    return f"{said} {what}"


def sink():
    """Returns a function: how many packets have come to port 9 of hb so far"""
    enter("hb")
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.bind(("::", 9))
    s.setblocking(False)
    count = 0

    def received():
        nonlocal count
        while True:
            try:
                s.recv(65536)
            except BlockingIOError:
                return count
            count += 1
    return received


def serve():
    received = sink()
    for line in sys.stdin:
        command, *rest = line.split()
        try:
            if command == "agree":
                answer = agree(received, *rest)
            else:
                {"wire": wire, "udp": one}[command](*rest)
                answer = "sent"
        except OSError as e:
            answer = e
        print(answer, flush=True)


if __name__ == "__main__":
    serve()
