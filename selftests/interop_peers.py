#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The peers of interop.py: strongSwan's charon, asked by vici, and Libreswan's pluto, asked by whack.

Each has a namespace, a configuration made of interop.py's rows, and the same few methods: start, kill, stop, initiate, terminate,
established, gone, log. A row is known to a peer by row.name; further subnets are row.name with -2, -3 behind it.
"""
import os
import re
import signal
import socket
import struct
import subprocess
import time

KEY = "ciscokey"
LOG_LINES = 60

# our name: strongSwan's, Libreswan's (None: Debian 12 builds it without)
ENCRYPTION = {"des": ("des", None), "3des": ("3des", "3des"), "aes128": ("aes128", "aes128"), "aes192": ("aes192", "aes192"),
              "aes256": ("aes256", "aes256"), "null": ("null", "null")}
COMBINED = {"gcm128": ("aes128gcm16", "aes_gcm128-null"), "gcm192": ("aes192gcm16", "aes_gcm192-null"),
            "gcm256": ("aes256gcm16", "aes_gcm256-null"), "gmac128": ("aes128gmac", "null_auth_aes_gmac_128-null"),
            "gmac256": ("aes256gmac", "null_auth_aes_gmac_256-null")}
HASH = {"md5": ("md5", "md5"), "sha1": ("sha1", "sha1"), "sha256": ("sha256", "sha2_256"), "sha384": ("sha384", "sha2_384"),
        "sha512": ("sha512", "sha2_512")}
GROUP = {"1": ("modp768", None), "2": ("modp1024", None), "5": ("modp1536", "modp1536"), "14": ("modp2048", "modp2048"),
         "15": ("modp3072", "modp3072"), "16": ("modp4096", "modp4096"), "19": ("ecp256", "dh19"), "20": ("ecp384", "dh20"),
         "21": ("ecp521", "dh21"), "24": ("modp2048s256", None)}
# Libreswan takes no elliptic curves for phase 2 of IKEv1.
LIBRESWAN_PFS = {"5", "14", "15", "16"}


class Failed(Exception):
    """What a row found wrong"""


def run(command, timeout=60):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as e:
        return 124, (e.stdout or b"").decode() + f"\nno end within {timeout} s"


def waitfor(seconds, what, condition):
    """Until condition() is true; a row fails at the deadline, with the words of what and what condition() said last."""
    end, pause, last = time.monotonic() + seconds, 0.05, None
    while True:
        last = condition()
        if last is True:
            return
        if time.monotonic() > end:
            raise Failed(f"not within {seconds} s: {what}" + (f" ({last})" if last else ""))
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)


def ike_proposal(text, peer):
    """aes128-sha1-14 as that peer (0: strongSwan, 1: Libreswan) writes it; None: it has no such thing"""
    enc, hashed, group = text.split("-")
    words = ENCRYPTION[enc][peer], HASH[hashed][peer], GROUP[group][peer]
    if None in words:
        return None
    return ("%s-%s-%s" if peer == 0 else "%s-%s;%s") % words


def child_proposal(text, pfs, peer):
    """aes128+sha1, gcm128 or ah-sha256, with a group or None"""
    if text.startswith("ah-"):
        words = HASH[text[3:]][peer]
    elif text in COMBINED:
        words = COMBINED[text][peer]
    else:
        enc, auth = text.split("+")
        words = ENCRYPTION[enc][peer] and f"{ENCRYPTION[enc][peer]}-{HASH[auth][peer]}"
    if words is None or pfs and (GROUP[pfs][peer] is None or peer == 1 and pfs not in LIBRESWAN_PFS):
        return None
    return words + (f"{'-' if peer == 0 else ';'}{GROUP[pfs][peer]}" if pfs else "")


class Daemon:
    """A process in a namespace, with its output in a file"""
    process = None

    def __init__(self, ns, folder):
        self.ns, self.folder = ns, folder
        self.output = os.path.join(folder, "output.log")
        os.makedirs(folder, exist_ok=True)

    def spawn(self, command, env=None):
        with open(self.output, "ab") as out:
            self.process = subprocess.Popen(["ip", "netns", "exec", self.ns, *command], stdout=out, stderr=out,
                                            env={**os.environ, **(env or {})})

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def end(self, sig):
        """Its exit status, or None: it had to be killed"""
        if not self.process:
            return 0
        self.process.send_signal(sig)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = None
        self.process = None
        return status

    def kill(self):
        self.end(signal.SIGKILL)

    def crash(self):
        """As when its machine loses power: no deletes, and no SAs when it is back"""
        self.kill()
        run(["ip", "-n", self.ns, "xfrm", "state", "flush"])
        run(["ip", "-n", self.ns, "xfrm", "policy", "flush"])

    def stop(self):
        return self.end(signal.SIGTERM)

    def log_size(self):
        try:
            return os.stat(self.output).st_size
        except FileNotFoundError:
            return 0

    def log_since(self, offset):
        with open(self.output, "r", encoding="utf-8", errors="replace") as f:
            f.seek(offset)
            return f.read().splitlines()


class Vici:
    """charon's control socket: one request at a time"""
    REQUEST, RESPONSE, REGISTER, CONFIRM, EVENT = 0, 1, 3, 5, 7
    SECTION, SECTION_END, VALUE, LIST, ITEM, LIST_END = 1, 2, 3, 4, 5, 6

    def __init__(self, path, timeout):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(timeout)
        self.sock.connect(path)

    def close(self):
        self.sock.close()

    @staticmethod
    def name(text):
        return bytes((len(text),)) + text.encode()

    def send(self, kind, name, message=None):
        data = bytes((kind,)) + self.name(name)
        for key, value in (message or {}).items():
            value = str(value).encode()
            data += bytes((self.VALUE,)) + self.name(key) + struct.pack("!H", len(value)) + value
        self.sock.sendall(struct.pack("!I", len(data)) + data)

    def receive(self):
        def exactly(n):
            data = b""
            while len(data) < n:
                more = self.sock.recv(n - len(data))
                if not more:
                    raise Failed("charon has closed its socket")
                data += more
            return data
        data = exactly(struct.unpack("!I", exactly(4))[0])
        return data[0], data[2 + data[1]:] if data[0] == self.EVENT else data[1:]

    def parse(self, data):
        """Sections as dicts, lists as lists"""
        at, stack, items = 0, [{}], None

        def word(size):
            nonlocal at
            length = int.from_bytes(data[at:at + size], "big")
            at += size + length
            return data[at - length:at].decode(errors="replace")
        while at < len(data):
            kind = data[at]
            at += 1
            if kind == self.SECTION:
                stack[-1][word(1)] = new = {}
                stack.append(new)
            elif kind == self.SECTION_END:
                stack.pop()
            elif kind == self.VALUE:
                key = word(1)
                stack[-1][key] = word(2)
            elif kind == self.LIST:
                stack[-1][word(1)] = items = []
            elif kind == self.ITEM:
                items.append(word(2))
        return stack[0]

    def ask(self, name, message=None, event=None):
        """The response, and the events of that name that came with it"""
        events = []
        if event:
            self.send(self.REGISTER, event)
            self.receive()
        self.send(self.REQUEST, name, message)
        while True:
            kind, data = self.receive()
            if kind == self.RESPONSE:
                return self.parse(data), events
            if kind == self.EVENT:
                events.append(self.parse(data))


class Charon(Daemon):
    """strongSwan"""
    NAME, INDEX = "strongSwan", 0

    def __init__(self, ns, folder):
        super().__init__(ns, folder)
        self.socket = os.path.join(folder, "vici")
        self.conf = os.path.join(folder, "swanctl.conf")
        self.log_file = self.output
        with open(os.path.join(folder, "strongswan.conf"), "w", encoding="ascii") as f:
            f.write(f"""charon {{
  load_modular = yes
  port = 500
  port_nat_t = 4500
  install_routes = no
  i_dont_care_about_security_and_use_aggressive_mode_psk = yes
  retransmit_base = 1.4
  filelog {{ stdout {{
    time_format = %T
    ike_name = yes
    flush_line = yes
    default = 1
    ike = 2
    cfg = 2
    job = 0
  }} }}
  plugins {{ include /etc/strongswan.d/charon/*.conf
    vici {{ socket = unix://{self.socket} }}
    bypass-lan {{ load = no }}
  }}
}}
""")

    def start(self):
        self.spawn(["unshare", "-m", "sh", "-c", "mount -t tmpfs tmpfs /run && exec /usr/lib/ipsec/charon --use-syslog no"],
                   {"STRONGSWAN_CONF": os.path.join(self.folder, "strongswan.conf")})
        waitfor(120, "charon answers", self.answers)
        if os.path.exists(self.conf):
            self.load()

    def answers(self):
        try:
            self.ask("version")
            return True
        except OSError as e:
            return str(e)

    def ask(self, name, message=None, event=None, timeout=60):
        vici = Vici(self.socket, timeout)
        try:
            return vici.ask(name, message, event)
        finally:
            vici.close()

    def version(self):
        return "strongSwan " + self.ask("version")[0]["version"]

    @staticmethod
    def unsupported(row):
        return None

    def connection(self, row):
        proposals = child_proposal(row.their_esp, row.pfs, 0)
        kind = "ah" if row.their_esp.startswith("ah-") else "esp"
        lines = [f"  {row.name} {{ version = 1", f"    local_addrs = {row.theirs}", f"    remote_addrs = {row.seen_as}",
                 f"    proposals = {ike_proposal(row.their_ike, 0)}", *row.lines("swan-ike"),
                 *(["    aggressive = yes"] if "aggressive" in row.options else []),
                 f"    local {{ auth = psk\n      id = {row.theirs}\n    }}", "    remote { auth = psk }", "    children {"]
        for name, mine, theirs in row.subnets():
            lines += [f"      {name} {{", f"        mode = {row.mode}", f"        {kind}_proposals = {proposals}{row.esn}"]
            if row.mode == "tunnel" or row.selector:
                lines += [f"        local_ts = {theirs}", f"        remote_ts = {mine}"]
            lines += [*row.lines("swan-child"), "      }"]
        return "\n".join(lines + ["    }", "  }"])

    def configure(self, rows):
        with open(self.conf, "w", encoding="ascii") as f:
            f.write("connections {\n" + "\n".join(map(self.connection, rows)) + "\n}\nsecrets {\n")
            for row in rows:
                f.write(f"  ike-{row.name} {{\n    id = {row.theirs}\n    secret = \"{row.key}\"\n  }}\n")
            f.write("}\n")

    def load(self):
        rc, out = run(["swanctl", "--load-all", "--uri", f"unix://{self.socket}", "--file", self.conf], 300)
        wrong = [line for line in out.splitlines() if "error" in line or "failed" in line and "opening directory" not in line]
        if rc or wrong:
            raise Failed(f"swanctl: {rc} {'; '.join(wrong)}")

    def initiate(self, row, child=None, seconds=60):
        answer, _ = self.ask("initiate", {"ike": row.name, "child": child or row.name, "timeout": seconds * 1000}, timeout=seconds + 30)
        return answer["success"] == "yes", answer.get("errmsg", "")

    def terminate(self, row):
        self.ask("terminate", {"ike": row.name, "timeout": 20000})

    def sas(self, row):
        _, events = self.ask("list-sas", {"ike": row.name}, "list-sa")
        return [sa for event in events for sa in event.values()]

    def established(self, row):
        """True, or why not"""
        for sa in self.sas(row):
            children = [c for c in sa.get("child-sas", {}).values() if c["state"] == "INSTALLED"]
            if sa["state"] == "ESTABLISHED" and children:
                if {"dh-group" in c for c in children} != {bool(row.pfs)}:
                    return f"it has dh-group {[c.get('dh-group') for c in children]}"
                if {c["mode"] for c in children} != {row.mode.upper()}:
                    return f"it is in mode {[c['mode'] for c in children]}"
                return True
        return f"it has {self.sas(row)}"

    def gone(self, row):
        return not self.sas(row) or f"it still has {[sa['state'] for sa in self.sas(row)]}"

    def spis(self, row):
        """Inbound ones of what is installed, as text"""
        return {c["spi-in"] for sa in self.sas(row) for c in sa.get("child-sas", {}).values() if c["state"] == "INSTALLED"}

    def rekey(self, row, what):
        self.ask("rekey", {"ike": row.name, "reauth": "yes"} if what == "ike" else {"child": row.name})

    def log(self, row, offset):
        mark = re.compile(rf"<{row.name}\||{re.escape(row.theirs)}\b")
        return [line for line in self.log_since(offset) if mark.search(line)][-LOG_LINES:]


class Pluto(Daemon):
    """Libreswan"""
    NAME, INDEX = "Libreswan", 1

    def __init__(self, ns, folder):
        super().__init__(ns, folder)
        self.conf = os.path.join(folder, "ipsec.conf")
        self.started, self.connections = 0, 0
        self.programs = os.path.join(os.environ["CRYPTOMAP_CACHE"], "peers/libreswan/usr/libexec/ipsec")

    def whack(self, *words, timeout=60):
        return run([os.path.join(self.programs, "whack"), "--rundir", self.folder, *words], timeout)

    def start(self):
        self.started = self.log_size()
        self.spawn([os.path.join(os.path.dirname(os.path.abspath(__file__)), "pluto"), self.folder])
        waitfor(120, "pluto answers", lambda: self.whack("--briefstatus")[0] == 0)
        # At its start it loads the connections by itself.
        mark = self.started
        waitfor(120, "pluto has its connections", lambda: sum("added IKEv1" in line for line in self.log_since(mark)) >= self.connections)

    def version(self):
        return "Libreswan " + self.whack("--version")[1].split()[-1]

    @staticmethod
    def unsupported(row):
        if not ike_proposal(row.their_ike, 1) or not child_proposal(row.their_esp, row.pfs, 1):
            return "not in Debian 12's Libreswan"
        if row.their_esp.startswith("gmac"):
            return "Debian 12's Libreswan ends by an assertion of its own (setup_half_ipsec_sa) with GMAC in IKEv1"
        return None

    def connection(self, row):
        kind = "ah" if row.their_esp.startswith("ah-") else "esp"
        out = []
        for name, mine, theirs in row.subnets():
            out += [f"conn {name}", "  ikev2=no", "  auto=add", "  authby=secret", f"  type={row.mode}", f"  left={row.theirs}",
                    f"  leftid={row.theirs}", f"  right={row.seen_as}", f"  rightid={row.our_id}", f"  ike={ike_proposal(row.their_ike, 1)}",
                    f"  phase2={kind}", f"  phase2alg={child_proposal(row.their_esp, row.pfs, 1)}", f"  pfs={'yes' if row.pfs else 'no'}",
                    "  leftupdown=%disabled", f"  aggressive={'yes' if 'aggressive' in row.options else 'no'}",
                    f"  nat-ikev1-method={'drafts' if 'drafts' in row.options else 'both'}"]
            if row.mode == "tunnel":
                out += [f"  leftsubnet={theirs.split('[')[0]}", f"  rightsubnet={mine.split('[')[0]}"]
            if row.selector:
                protocol, port = row.selector
                out += [f"  leftprotoport={protocol}/{port}", f"  rightprotoport={protocol}"]
            out += [line.replace("    ", "  ") for line in row.lines("libreswan")]
        return "\n".join(out)

    def configure(self, rows):
        self.connections = sum(1 for row in rows for _ in row.subnets())
        with open(self.conf, "w", encoding="ascii") as f:
            f.write(f"config setup\n  ikev1-policy=accept\n  uniqueids=yes\n  dumpdir={self.folder}\n\n"
                    + "\n\n".join(map(self.connection, rows)) + "\n")
        secrets = os.path.join(self.folder, "ipsec.secrets")
        with open(secrets, "w", encoding="ascii") as f:
            for row in rows:
                f.write(f"{row.theirs} {row.our_id} : PSK \"{row.key}\"\n")
        os.chmod(secrets, 0o600)

    def initiate(self, row, child=None, seconds=60):
        rc, out = self.whack("--initiate", "--name", child or row.name, timeout=seconds)
        return rc == 0 and "IPsec SA established" in out, out

    def terminate(self, row):
        # the IKE SA goes with the last one that uses it, if that has made it
        for name, _, _ in reversed(list(row.subnets())):
            self.whack("--terminate", "--name", name)

    def forget(self, row):
        """The connections end, and are known no more"""
        for name, _, _ in row.subnets():
            self.whack("--delete", "--name", name)

    def state(self, name):
        """Numbers of the newest SAs of both phases, 0: none"""
        _, out = self.whack("--status")
        found = re.search(rf'"{name}":\s+newest ISAKMP SA: #(\d+); newest IPsec SA: #(\d+)', out)
        return (int(found[1]), int(found[2]), out) if found else (0, 0, out)

    def established(self, row):
        ike, child, out = self.state(row.name)
        if not child:
            return f"its newest SAs are {ike}, {child}"
        if f'"{row.name}":   ESP algorithm newest:' not in out and f'"{row.name}":   AH algorithm newest:' not in out:
            return "it names no algorithm"
        return True

    def gone(self, row):
        ike, child, out = self.state(row.name)
        states = re.findall(rf'^\d+ (#\d+: "{row.name}"\S* \S+)', out, re.M)
        return not (ike or child or states) or f"it still has {states}"

    def spis(self, row):
        _, out = self.whack("--status")
        return set(re.findall(rf'"{row.name}"\S* .*?esp\.([0-9a-f]+)@{re.escape(row.theirs)}', out))

    def rekey(self, row, what):
        self.whack(f"--rekey-{'ike' if what == 'ike' else 'ipsec'}", "--name", row.name)

    def log(self, row, offset):
        mark = re.compile(rf'"{row.name}\b|{re.escape(row.seen_as)}\b')
        return [line for line in self.log_since(offset) if mark.search(line)][-LOG_LINES:]
