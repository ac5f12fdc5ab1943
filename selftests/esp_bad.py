#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""ESP made by hand, right and wrong: each packet is delivered, or counted under exactly one reason.

Run where `ip netns` has lib.sh's topology and ga the SAs of esp-bad.sh. Prints "pass TEXT" or "fail TEXT: what".
"""
import ctypes
import hashlib
import hmac
import json
import os
import random
import socket
import struct
import subprocess
import sys
import time

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

GA, GB, HA, HB = "192.0.2.1", "198.51.100.1", "10.1.0.2", "10.2.0.2"
SPI = 0x2000
KEY = bytes(range(16))
AUTH = bytes(range(20))
WINDOW = 64
PORT = 9000
libc = ctypes.CDLL(None, use_errno=True)


def enter(netns):
    with open(f"/run/netns/{netns}") as f:
        if libc.setns(f.fileno(), 0x40000000):
            raise OSError(ctypes.get_errno(), "setns")


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip(src, dst, proto, payload, tos=0, ident=1, frag=0, ttl=64, **wrong):
    f = {"ver": 4, "ihl": 5, "total": 20 + len(payload), "sum": None, **wrong}
    head = struct.pack("!BBHHHBBH4s4s", f["ver"] << 4 | f["ihl"], tos, f["total"], ident, frag, ttl, proto, 0,
                       socket.inet_aton(src), socket.inet_aton(dst))
    return head[:10] + struct.pack("!H", checksum(head) if f["sum"] is None else f["sum"]) + head[12:] + payload


def udp(text, sport=1234, dport=PORT):
    return struct.pack("!HHHH", sport, dport, 8 + len(text), 0) + text


def padding(length):
    n = -(length + 2) % 16
    return bytes(range(1, n + 1)) + bytes([n])


def seal(inner, number, nxt=4, spi=SPI, trailer=None, iv=None, cut=0, icv=True):
    """trailer: everything behind the inner packet instead of the right padding"""
    clear = inner + (padding(len(inner)) + bytes([nxt]) if trailer is None else trailer)
    iv = iv or os.urandom(16)
    enc = Cipher(algorithms.AES(KEY), modes.CBC(iv)).encryptor()
    body = struct.pack("!II", spi, number) + iv + enc.update(clear) + enc.finalize()
    body = body[:len(body) - cut]
    return body + hmac.new(AUTH, body, hashlib.sha1).digest()[:12] if icv else body


class Bench:
    def __init__(self):
        self.number, self.seen, self.serial, self.failed = 0, set(), 0, 0
        enter("ha")
        self.sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sink.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        self.sink.bind(("0.0.0.0", PORT))
        enter("gb")
        self.wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def say(self, good, text, detail=""):
        print(f"pass {text}" if good else f"fail {text}: {detail}", flush=True)

    def next(self):
        self.number += 1
        return self.number

    def text(self):
        self.serial += 1
        return b"number %d " % self.serial + b"x" * (self.serial % 40)

    def inner(self, text=None, **k):
        return ip(HB, HA, 17, udp(text or self.text()), **k)

    def send(self, packet):
        self.wire.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))

    def esp(self, body, src=GB, dst=GA, **k):
        self.send(ip(src, dst, 50, body, **k))

    def drops(self):
        out = subprocess.run(["cmap", "-n", "ga", "-j", "stats"], capture_output=True, check=True).stdout
        stats = json.loads(out)
        stats = stats[0] if isinstance(stats, list) else stats
        return {d["name"]: d["packets"] for d in stats.get("drops", [])}

    def recv(self, seconds):
        self.sink.settimeout(seconds)
        try:
            data, anc, _, _ = self.sink.recvmsg(2048, 64)
        except socket.timeout:
            return None, None
        return data, anc[0][2][0] if anc else None

    def good(self, what="a right packet afterwards is delivered", **k):
        text = self.text()
        self.esp(seal(self.inner(text), self.next()), **k)
        data, tos = self.recv(5)
        self.say(data == text, what, f"{data!r} came, {text!r} was sent")
        return tos

    def expect(self, what, before, reason, count):
        """The counters since before: @count under @reason, nothing else. Packets need a moment."""
        end = time.monotonic() + 5
        want = {reason: count} if reason else {}
        while True:
            now = self.drops()
            diff = {k: v - before.get(k, 0) for k, v in now.items() if v != before.get(k, 0)}
            if diff == want or time.monotonic() > end:
                break
        self.say(diff == want, f"{what}: {count} x {reason}", f"counted {diff}")

    def bad(self, what, reason, *packets, **k):
        """Each body is sent as ESP; all are counted under one reason, then a right one is delivered."""
        before = self.drops()
        for body in packets:
            self.esp(body, **k)
        text = self.text()
        self.esp(seal(self.inner(text), self.next()))
        data, _ = self.recv(5)
        self.say(data == text, f"{what}: refused; the right one behind is delivered", f"{data!r} came")
        self.expect(what, before, reason, len(packets))


def replays(b):
    b.good("a right packet is delivered")
    n = b.next()
    packet = seal(b.inner(), n)
    b.esp(packet)
    b.recv(5)
    b.bad("the same packet again, three times", "replay-duplicate", packet, packet, packet)
    b.bad("an older one again", "replay-duplicate", seal(b.inner(), 1))
    b.number += 500
    skipped = b.number - 10
    b.good("a jump in the numbers")
    top = b.number
    b.bad("left of the window", "replay-old", seal(b.inner(), top - WINDOW),
          seal(b.inner(), top - WINDOW - 100), seal(b.inner(), 3))
    text = b.text()
    b.esp(seal(b.inner(text), skipped))
    b.say(b.recv(5)[0] == text, "late, but inside the window")
    b.bad("number zero", "replay-zero", seal(b.inner(), 0))
    forged = seal(b.inner(), b.number + 100000)
    b.bad("a forged number far ahead does not move the window", "bad-icv", forged[:-1] + bytes([forged[-1] ^ 1]))


def lengths(b):
    head = struct.pack("!II", SPI, b.number + 50)
    b.bad("no SPI", "truncated", head[:4], b"", head[:7])
    whole = seal(b.inner(), b.number + 50)
    b.bad("shorter than header, IV and ICV", "truncated", *(whole[:n] for n in (8, 9, 20, 24, 35, 36)))
    b.bad("not a whole number of blocks", "bad-length",
          *(seal(b.inner(), b.number + 50, cut=n) for n in (1, 4, 8, 15)))
    b.bad("cut off by whole blocks", "bad-icv", whole[:-16], whole[:-32])


def flips(b):
    number = b.number + 40
    whole = seal(b.inner(), number)
    region = {"SPI": range(0, 4), "IV": range(8, 24), "ciphertext": range(24, len(whole) - 12),
              "ICV": range(len(whole) - 12, len(whole))}

    def flip(at, bit):
        return whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1:]
    b.bad("a bit of the SPI flipped, each", "invalid-spi", *(flip(at, bit) for at in region["SPI"] for bit in range(8)))
    for name in ("IV", "ciphertext", "ICV"):
        b.bad(f"a bit of the {name} flipped, one in each byte", "bad-icv",
              *(flip(at, random.randrange(8)) for at in region[name]))
    # Of the sequence number: only those flips that the window would let by say anything about the ICV.
    fresh = [flip(at, bit) for at in range(4, 8) for bit in range(8) if struct.unpack("!I", flip(at, bit)[4:8])[0] > number]
    b.bad("a bit of the sequence number flipped, upwards", "bad-icv", *fresh)


def trailers(b):
    inner = b.inner(b"y" * 6)       # 34 bytes: 12 of padding
    right = padding(len(inner))
    assert len(right) == 13
    sealed = [seal(inner, b.next(), trailer=t) for t in (
        bytes(12) + right[12:] + b"\4", right[:5] + b"\0" + right[6:] + b"\4", right[1:12] + b"\1" + right[12:] + b"\4",
        right[:12] + b"\xff\4", right[:12] + bytes([12 + len(inner) + 1]) + b"\4")]
    b.bad("padding that does not count 1, 2, 3, or is longer than the packet", "bad-padding", *sealed)
    b.bad("next header IPv6, ESP, UDP, 0, 255", "bad-next-header",
          *(seal(b.inner(), b.next(), nxt=n) for n in (41, 50, 17, 0, 255)))
    before = b.drops()
    b.esp(seal(b"nothing", b.next(), nxt=59))
    b.good("a dummy packet (next header none) is not delivered; the one behind it is")
    b.expect("a dummy packet", before, None, 0)
    text = b.text()
    b.esp(seal(b.inner(text) + os.urandom(77), b.next()))
    b.say(b.recv(5)[0] == text, "padding behind the inner packet is cut off")
    text = b.text()
    long = b.inner(text) + bytes(10)
    pad = 240 + -(len(long) + 2 + 240) % 16
    b.esp(seal(long, b.next(), trailer=bytes(i % 256 for i in range(1, pad + 1)) + bytes([pad]) + b"\4"))
    b.say(b.recv(5)[0] == text, f"{pad} bytes of padding are right, too")


def inners(b):
    b.bad("inner header malformed: version, header length, total length, checksum, too short", "bad-inner",
          *(seal(x, b.next()) for x in (
              b.inner(ver=6), b.inner(ihl=4), b.inner(total=19), b.inner(total=2000), b.inner(sum=0x1234),
              b.inner(ihl=15), b.inner()[:19], b"\x45", b"")))
    other = (ip("10.3.0.1", HA, 17, udp(b"a")), ip(HB, "10.9.0.1", 17, udp(b"b")), ip(HA, HB, 17, udp(b"c")),
             ip(GB, HA, 17, udp(b"d")), ip(HB, GA, 17, udp(b"e")))
    b.bad("an inner packet that is not of the SA's proxies", "identity", *(seal(x, b.next()) for x in other))
    b.bad("the outer source is not the SA's peer", "wrong-source",
          *(seal(b.inner(), b.number + n) for n in (20, 21)), src="198.51.100.77")
    b.bad("an SPI that nobody has", "invalid-spi", seal(b.inner(), b.number + 5, spi=0x2001),
          seal(b.inner(), b.number + 5, spi=1), seal(b.inner(), b.number + 5, spi=0))


def ecn(b):
    b.bad("congestion marked outside, inner can't say it", "ecn", seal(b.inner(), b.next()), tos=3)
    for outer, inner, want in ((3, 2, 3), (3, 1, 3), (0, 2, 2), (1, 2, 1), (2, 1, 1), (0xB8, 0x68, 0x68), (0xBB, 0x6A, 0x6B)):
        text = b.text()
        b.esp(seal(b.inner(text, tos=inner), b.next()), tos=outer)
        data, tos = b.recv(5)
        b.say(data == text and tos == want, f"outer TOS {outer:#x}, inner {inner:#x}: {want:#x} (RFC 6040)", f"{tos}")


def fragments(b):
    text = b"z" * 900
    body = seal(b.inner(text), b.next())
    b.send(ip(GB, GA, 50, body[:480], ident=77, frag=0x2000))
    b.send(ip(GB, GA, 50, body[480:], ident=77, frag=60))
    b.say(b.recv(5)[0] == text, "ESP in outer fragments")
    whole = udp(text)
    for n, (frag, part) in enumerate(((0x2000, whole[:480]), (60, whole[480:]))):
        b.esp(seal(ip(HB, HA, 17, part, ident=88, frag=frag), b.next()))
    b.say(b.recv(5)[0] == text, "a datagram cut up before encryption")
    before = b.drops()
    b.send(ip(HB, HA, 17, whole[:480], ident=99, frag=0x2000))
    b.esp(seal(ip(HB, HA, 17, whole[480:], ident=99, frag=60), b.next()))
    b.send(ip(HB, HA, 17, whole[480:], ident=98, frag=60))
    b.esp(seal(ip(HB, HA, 17, whole[:480], ident=98, frag=0x2000), b.next()))
    b.say(b.recv(1)[0] is None, "a clear fragment does not complete a decrypted one")
    b.expect("clear fragments", before, "not-ipsec", 2)


def clear(b):
    before = b.drops()
    b.send(ip(HB, HA, 17, udp(b"in clear")))
    b.send(ip(HB, HA, 6, struct.pack("!HHIIHHHH", 80, 1234, 1, 1, 0x5002, 100, 0, 0)))
    b.send(ip(HB, HA, 1, struct.pack("!BBHHH", 8, 0, 0xF7FF, 0, 0)))
    b.send(ip(HB, HA, 50, seal(b.inner(), 7)))      # ESP, but not to us
    b.send(ip(HB, HA, 17, udp(b"IKE", 500, 500)))   # neither
    b.expect("clear packets that a rule protects", before, "not-ipsec", 5)
    before = b.drops()
    b.send(ip(GB, HA, 17, udp(b"other")))
    b.say(b.recv(5)[0] == b"other", "clear packets that no rule protects are delivered")
    b.expect("clear packets of others", before, None, 0)
    b.good()


if __name__ == "__main__":
    bench = Bench()
    for name in sys.argv[1:]:
        globals()[name](bench)
