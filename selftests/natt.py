#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Sockets of a NAT-T test.

natt.py listen PORT			the daemon's socket: each datagram that reaches it, as hex; first "ready"
natt.py encap PORT...			XFRM's sockets: ESP in UDP to these ports goes to XFRM (RFC 3948); prints "ready"
natt.py send SOURCE SPORT DST DPORT HEX...	datagrams with the right checksum
natt.py damaged SOURCE SPORT DST DPORT HEX...	with a wrong one (IPv4)
"""
import selectors
import signal
import socket
import struct
import sys

UDP_ENCAP, UDP_ENCAP_ESPINUDP = 100, 2


def bound(address, port, reuse=False):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    s = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if reuse:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, port))
    return s


def listen(port):
    both = selectors.DefaultSelector()
    for address in ("0.0.0.0", "::"):
        both.register(bound(address, port), selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in both.select():
            print(key.fileobj.recv(65536).hex(), flush=True)


def encap(ports):
    sockets = [bound(address, port, True) for port in ports for address in ("0.0.0.0", "::")]
    for s in sockets:
        s.setsockopt(socket.IPPROTO_UDP, UDP_ENCAP, UDP_ENCAP_ESPINUDP)
    print("ready", flush=True)
    signal.pause()


def send(source, sport, dst, dport, *texts):
    s = bound(source, sport, True)
    for text in texts:
        s.sendto(bytes.fromhex(text), (dst, dport))


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def damaged(source, sport, dst, dport, *texts):
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
    s.bind((source, 0))
    for text in texts:
        data = bytes.fromhex(text)
        head = struct.pack("!HHHH", sport, dport, 8 + len(data), 0)
        pseudo = socket.inet_aton(source) + socket.inet_aton(dst) + struct.pack("!HH", 17, 8 + len(data))
        wrong = checksum(pseudo + head + data) ^ 0x0101 or 1
        s.sendto(head[:6] + struct.pack("!H", wrong) + data, (dst, 0))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if sys.argv[1] == "listen":
        listen(int(sys.argv[2]))
    elif sys.argv[1] == "encap":
        encap([int(p) for p in sys.argv[2:]])
    else:
        source, sport, dst, dport, *texts = sys.argv[2:]
        globals()[sys.argv[1]](source, int(sport), dst, int(dport), *texts)
