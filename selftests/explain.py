#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Single packets for explain.sh.

explain.py wire NETNS KIND...: ESP made by hand, from gb to ga; KIND says what is wrong with it.
explain.py udp NETNS DST SPORT DPORT LEN [df|nodf]: one UDP packet of LEN bytes, IP header included.
"""
import os
import socket
import struct
import sys

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


if __name__ == "__main__":
    {"wire": wire, "udp": one}[sys.argv[1]](*sys.argv[2:])
