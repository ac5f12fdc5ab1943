#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""An ICMP error that says that a packet was too big, true or forged.

pmtu.py TO < LINES	to that address; for each line "MTU [WORD=VALUE]..." one, that quotes a packet:
  src= dst= proto=esp|ah|udp spi= seq=	what it was
  sport= dport=				of udp
  offset=N				a later fragment
  cut=N					quote only N bytes behind the IP header
  sum=bad				the ICMP checksum is wrong
  type=N code=N				another error
"""
import socket
import struct
import sys

PROTO = {"esp": 50, "ah": 51, "udp": 17}


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def payload(w):
    numbers = struct.pack("!II", int(w["spi"], 0), int(w["seq"], 0))
    if w["proto"] == "ah":
        numbers = struct.pack("!BBH", 4, 4, 0) + numbers
    elif w["proto"] == "udp":
        numbers = struct.pack("!HHHH", int(w["sport"]), int(w["dport"]), 1400, 0) + numbers
    data = numbers + bytes(64)
    return data[:int(w["cut"])] if "cut" in w else data


def quote4(w):
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 1500, 1, 0x4000 | int(w.get("offset", 0)), 60, PROTO[w["proto"]], 0,
                       socket.inet_aton(w["src"]), socket.inet_aton(w["dst"])) + payload(w)


def quote6(w):
    family = socket.AF_INET6
    return struct.pack("!IHBB16s16s", 6 << 28, 1460, PROTO[w["proto"]], 60, socket.inet_pton(family, w["src"]),
                       socket.inet_pton(family, w["dst"])) + payload(w)


def tell(to, mtu, words):
    w = dict(word.split("=", 1) for word in words)
    if ":" not in to:
        icmp = struct.pack("!BBHHH", int(w.get("type", 3)), int(w.get("code", 4)), 0, 0, mtu) + quote4(w)
        total = checksum(icmp) ^ (0x0101 if w.get("sum") == "bad" else 0)
        s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        s.sendto(icmp[:2] + struct.pack("!H", total) + icmp[4:], (to, 0))
        return
    # The kernel computes the checksum of ICMPv6; of a header of ours it doesn't.
    icmp = struct.pack("!BBHI", int(w.get("type", 2)), int(w.get("code", 0)), 0, mtu) + quote6(w)
    if w.get("sum") != "bad":
        s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        s.sendto(icmp, (to, 0))
        return
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
    head = struct.pack("!IHBB16s16s", 6 << 28, len(icmp), 58, 64, socket.inet_pton(socket.AF_INET6, w["src6"]),
                       socket.inet_pton(socket.AF_INET6, to))
    s.sendto(head + icmp[:2] + b"\1\2" + icmp[4:], (to, 0))


if __name__ == "__main__":
    for line in sys.stdin:
        tell(sys.argv[1], int(line.split()[0]), line.split()[1:])
