#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: vectors.py FOLDER

The packets that RFCs print. Each is put on the wire as it stands there, and what ga delivers is compared with what the
RFC says was in it; before that, with a bit of its ICV flipped. Then gb sends the same payload under the same key, and
every byte on the wire is compared: with a sequence number equal to the RFC's IV, which is what our IVs of CTR and the
combined modes are, the ciphertext must be the RFC's own. What an RFC leaves open (CBC's IV, the ICV of other numbers) is
worked out here, by another implementation.

Run where `ip netns` has lib.sh's topology and the maps of vectors.sh. Prints "pass TEXT" or "fail TEXT: what".
"""
import hashlib
import hmac
import json
import select
import socket
import struct
import subprocess
import sys
import time

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from esp_bad import GA, GB, enter, ip

SOL_PACKET, PACKET_IGNORE_OUTGOING, ETH_P_IP, ESP = 263, 23, 0x0800, 50
AUTH = bytes(range(32))


def unhex(case, *names):
    return [bytes.fromhex(case[n]) for n in names]


def hmac_icv(body):
    return hmac.new(AUTH, body, hashlib.sha256).digest()[:16]


class Vector:
    """One packet. seq is the whole sequence number; the ways of making it again are in the subclasses."""
    src, dst, mode, seq_of_map, esn, iv_len, icv_len = GB, GA, "transport", 10, False, 8, 16
    outer = None    # the IP header in front of the ESP, if the RFC has one

    def words(self, esn):
        """The SA's algorithms"""
        return self.enc + (" esn" if esn else "")

    def high(self, number, esn):
        return struct.pack("!I", number >> 32) if esn else b""

    def make(self, number, iv, esn):
        """The whole ESP packet, by another implementation"""
        raise NotImplementedError

    def head(self, number, iv):
        return struct.pack("!II", self.spi, number & 0xFFFFFFFF) + iv

    def header(self, length, protocol):
        """In front of ESP, or of the packet inside in transport mode"""
        if not self.outer:
            return ip(self.src, self.dst, protocol, bytes(length))[:20]
        ident = struct.unpack("!H", self.outer[4:6])[0]
        return ip(self.src, self.dst, protocol, bytes(length), ident=ident, ttl=self.outer[8])[:20]

    def inside(self):
        """The packet that is delivered"""
        return self.payload if self.mode == "tunnel" else self.header(len(self.payload), self.next) + self.payload

    def split(self, plain):
        self.plain, self.next, pad = plain, plain[-1], plain[-2]
        self.payload = plain[:len(plain) - 2 - pad]


class Combined(Vector):
    def __init__(self, name, case, cipher, aead):
        self.name, self.esn = f"{name} case {case['case']}", case["esn"]
        key, salt, self.iv, plain, self.esp = unhex(case, "key", "salt", "iv", "plain_with_trailer", "esp")
        self.salt, self.aead, self.gmac = salt, aead(key), cipher == "aes-gmac"
        self.spi, self.seq = int(case["spi"], 16), int(case["seq"], 16)
        self.enc = f"enc {cipher} {(key + salt).hex()}"
        self.split(plain)
        if self.next == 4:
            self.mode, self.seq_of_map = "tunnel", 30

    def make(self, number, iv, esn):
        head, nonce = self.head(number, iv), self.salt + iv
        covered = head[:4] + self.high(number, esn) + head[4:8]
        if self.gmac:
            return head + self.plain + self.aead.encrypt(nonce, b"", covered + iv + self.plain)
        return head + self.aead.encrypt(nonce, self.plain, covered)


class Counter(Vector):
    """RFC 3686's figures are without ESP: the last block goes on with padding and next header."""

    def __init__(self, case):
        self.name, self.spi, self.seq = f"RFC 3686 case {case['case']}", 0x3686, 1
        self.key, self.nonce, self.iv, plain, cipher = unhex(case, "key", "nonce", "iv", "plain", "cipher")
        self.enc = f"enc aes-ctr {(self.key + self.nonce).hex()} auth hmac-sha2-256-128 {AUTH.hex()}"
        self.split(plain + b"\1\2\2\1")
        body = self.head(1, self.iv) + cipher + self.crypt(self.iv, self.plain)[len(cipher):]
        self.esp = body + hmac_icv(body)

    def crypt(self, iv, data):
        return Cipher(algorithms.AES(self.key), modes.CTR(self.nonce + iv + b"\0\0\0\1")).encryptor().update(data)

    def make(self, number, iv, esn):
        body = self.head(number, iv) + self.crypt(iv, self.plain)
        return body + hmac_icv(body + self.high(number, esn))


class Chained(Vector):
    iv_len, icv_len, seq_of_map = 16, 0, 20

    def __init__(self, case):
        self.name, self.mode = f"RFC 3602 case {case['case']}", case["mode"]
        self.key, self.iv, self.payload, self.esp = unhex(case, "key", "iv", "inner", "esp")
        self.spi, self.seq, self.next = int(case["spi"], 16), case["seq"], case["next_header"]
        self.src, self.dst = case["src"], case["dst"]
        self.outer = bytes.fromhex(case.get("outer_ip", "")) or None
        self.enc = f"enc aes-cbc {self.key.hex()}"
        pad = -(len(self.payload) + 2) % 16
        self.plain = self.payload + bytes(range(1, pad + 1)) + bytes([pad, self.next])

    def make(self, number, iv, esn):
        return self.head(number, iv) + Cipher(algorithms.AES(self.key), modes.CBC(iv)).encryptor().update(self.plain)


def packet_socket(ns, dev):
    enter(ns)
    s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
    s.bind((dev, ETH_P_IP))
    s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    return s


def cmap(ns, *lines):
    done = subprocess.run(["cmap", "-n", ns, "-batch", "-"], input="\n".join(lines) + "\n", capture_output=True, text=True,
                          check=False)
    return done.stderr.strip() if done.returncode else ""


def drops():
    out = subprocess.run(["cmap", "-n", "ga", "-j", "stats"], capture_output=True, check=True).stdout
    stats = json.loads(out)
    stats = stats[0] if isinstance(stats, list) else stats
    return {d["name"]: d["packets"] for d in stats.get("drops", []) if d["packets"]}


class Bench:
    def __init__(self):
        self.delivered, self.sent = packet_socket("ga", "wan"), packet_socket("r", "b")
        self.wire = packet_socket("r", "a")
        self.mac = bytes.fromhex(subprocess.run(["ip", "-n", "ga", "-j", "link", "show", "wan"], capture_output=True, check=True,
                                                text=True).stdout.split('"address":"')[1][:17].replace(":", ""))
        enter("gb")
        self.source = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.refused = {}

    def say(self, good, text, detail=""):
        print(f"pass {text}" if good else f"fail {text}: {detail}", flush=True)

    def inject(self, vector, esp):
        packet = vector.header(len(esp), ESP) + esp
        self.wire.sendto(packet, ("a", ETH_P_IP, 0, 0, self.mac))

    @staticmethod
    def hear(sock, wanted):
        """The next packet that is wanted, or None"""
        end = time.monotonic() + 5
        while select.select([sock], [], [], max(0, end - time.monotonic()))[0]:
            packet = sock.recv(65536)
            if wanted(packet[9]):
                return packet
        return None

    def sa(self, vector, ns, way, esn, last):
        near, far = (vector.dst, vector.src) if way == "in" else (vector.src, vector.dst)
        if vector.mode == "tunnel" and vector.seq_of_map == 30:
            far, near = (socket.inet_ntoa(vector.payload[n:n + 4]) for n in (12, 16))
            near, far = (near, far) if way == "in" else (far, near)
        return cmap(ns, "sa flush", f"sa add dir {way} map M seq {vector.seq_of_map} proto esp spi {vector.spi} src {vector.src} "
                    f"dst {vector.dst} local-proxy {near}/32 remote-proxy {far}/32 mode {vector.mode} {vector.words(esn)} "
                    f"seq-number {last}")

    def receive(self, v):
        error = self.sa(v, "ga", "in", v.esn, v.seq - 1)
        self.say(not error, f"{v.name}: an SA with its keys", error)
        if v.icv_len:
            self.inject(v, v.esp[:-1] + bytes([v.esp[-1] ^ 1]))
            self.refused["bad-icv"] = self.refused.get("bad-icv", 0) + 1
        self.inject(v, v.esp)
        got = self.hear(self.delivered, lambda protocol: protocol != ESP)
        self.say(got == v.inside(), f"{v.name}: decrypted and delivered, byte for byte",
                 f"{got and got.hex()}, expected {v.inside().hex()}, drops {drops()}")

    def send(self, v):
        combined = not isinstance(v, Chained)
        number = int.from_bytes(v.iv, "big") if combined else v.seq
        esn, number = combined and number > 0, number or v.seq
        error = self.sa(v, "gb", "out", esn, number - 1)
        self.say(not error, f"{v.name}: the sender's SA", error)
        self.source.sendto(v.inside(), (v.dst if v.mode == "transport" else socket.inet_ntoa(v.payload[16:20]), 0))
        got = self.hear(self.sent, lambda protocol: protocol == ESP)
        esp = got[20:] if got else b""
        iv = esp[8:8 + v.iv_len]
        if esn:
            self.say(esp[8:-16] == v.esp[8:-16], f"{v.name}: sent with its IV, the ciphertext is the RFC's", esp.hex())
        right = len(iv) == v.iv_len and esp == v.make(number, iv, esn)
        self.say(right, f"{v.name}: sent, every byte on the wire is right", esp.hex())


def reserved(bench, vector):
    """A packet with SPI 0, which RFC 4303 2.1 forbids: it is refused, and comes through with another SPI."""
    error = bench.sa(vector, "ga", "in", False, 0)
    bench.say(error, f"{vector.name}: there is no SA with SPI 0")
    bench.inject(vector, vector.esp)
    bench.refused["invalid-spi"] = 1
    vector.spi = 0x100
    esp = vector.make(vector.seq, vector.iv, False)
    bench.say(esp[16:-16] == vector.esp[16:-16], f"{vector.name}: with another SPI only the ICV is another")
    vector.esp = esp


def load(folder, name):
    with open(f"{folder}/{name}.json", encoding="ascii") as f:
        return json.load(f)["cases"]


def main(folder):
    bench = Bench()
    vectors = [Chained(c) for c in load(folder, "rfc3602") if c["type"] == "esp"]
    vectors += [Counter(c) for c in load(folder, "rfc3686")]
    vectors += [Combined("GCM", c, "aes-gcm", AESGCM) for c in load(folder, "draft-mcgrew-gcm-test-01")]
    vectors += [Combined("GMAC", c, "aes-gmac", AESGCM) for c in load(folder, "rfc4543")]
    vectors += [Combined("RFC 7634", c, "chacha20-poly1305", ChaCha20Poly1305) for c in load(folder, "rfc7634")]
    for vector in vectors:
        # The other implementation agrees with the RFC, so that it can speak for it.
        bench.say(vector.make(vector.seq, vector.iv, vector.esn) == vector.esp, f"{vector.name}: the figures are consistent")
        if not vector.spi:
            reserved(bench, vector)
        bench.receive(vector)
        bench.send(vector)
    got = drops()
    bench.say(got == bench.refused, f"nothing else was dropped than {bench.refused}", got)


if __name__ == "__main__":
    main(sys.argv[1])
