#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Single packets for explain.sh.

explain.py wire NETNS KIND...: ESP made by hand, from gb to ga; KIND says what is wrong with it.
explain.py udp NETNS DST SPORT DPORT LEN [df|nodf]: one UDP packet of LEN bytes, IP header included.
explain.py agree NETNS SRC DST SPORT DPORT LEN [df|nodf]: asks ga what would become of that packet, from NETNS (ha, hb:
	it comes in by lan, wan; ga: its own), then sends it. Prints what ga said and what happened.
explain.py sink: receives UDP at port 9, both families, and says nothing.
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


def nstat(netns):
    out = subprocess.run(["ip", "netns", "exec", netns, "nstat", "-aszj"], capture_output=True, check=True).stdout
    return json.loads(out)["kernel"]


def snapshot():
    """What tells the fates of packets apart"""
    sas = cmap("sa", "show")
    stats = cmap("stats")
    ga, hb = nstat("ga"), nstat("hb")
    found = {"out": sum(sa["stats"]["out_packets"] for sa in sas),
             "held": sum(r["stats"]["held"] for e in cmap("map", "show") for r in e.get("rules", []) if "stats" in r),
             "cut": ga["IpFragOKs"] + ga["Ip6FragOKs"],
             "lost": ga["IpInAddrErrors"] + ga["IpOutNoRoutes"] + ga["Ip6InNoRoutes"] + ga["Ip6OutNoRoutes"] +
             ga["IpExtInNoRoutes"],
             "here": ga["UdpNoPorts"] + ga["Udp6NoPorts"],
             "clear": hb["UdpInDatagrams"] + hb["Udp6InDatagrams"]}
    found.update({d["name"]: d["packets"] for d in stats[0].get("drops", [])})
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


def agree(netns, src, dst, sport, dport, length, df="nodf"):
    words = ["trace", src, dst, "udp", sport, dport, "len", length]
    if df == "df":
        words.append("df")
    if netns != "ga":
        words += ["iif", "lan" if netns == "ha" else "wan"]
    before = snapshot()
    said = cmap(*words)["verdict"]
    asked = snapshot()
    try:
        one(netns, dst, sport, dport, length, df)
    except OSError as e:
        print(said, "no-route" if e.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH) else e)
        return
    end = time.monotonic() + 5
    while fate(before, snapshot()) == "nothing" and time.monotonic() < end:
        pass
    print(said, fate(before, snapshot()) + ("" if asked == before else ", and asking was counted"))


def sink():
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.bind(("::", 9))
    while True:
        s.recv(65536)


if __name__ == "__main__":
    {"wire": wire, "udp": one, "agree": agree, "sink": sink}[sys.argv[1]](*sys.argv[2:])
