"""Both ends of AUTH by GNU SASL's library, for mechanisms that bind to TLS and so are never to be seen
in the clear: the dialogue is what a view that decrypts sees, from STARTTLS on without the TLS. The
binding is a value that both are told instead of taking it from a handshake.

usage: sasl.py server PORT USER PASSWORD BINDING
       sasl.py client HOST PORT MECHANISM USER PASSWORD BINDING
"""
import ctypes
import socket
import sys

OK, NEEDS_MORE = 0, 1
AUTHID, PASSWORD, CB_TLS_EXPORTER = 1, 3, 25       # of gsasl.h's Gsasl_property
MECHANISMS = "SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS"

gsasl = ctypes.CDLL("libgsasl.so.18")


class Sasl:
    """One side of one exchange."""

    def __init__(self, start, mechanism, properties):
        self.library, self.session = ctypes.c_void_p(), ctypes.c_void_p()
        gsasl.gsasl_init(ctypes.byref(self.library))
        if start(self.library, mechanism.encode(), ctypes.byref(self.session)) != OK:
            raise SystemExit(f"{mechanism}: the library does not have it")
        for name, value in properties.items():
            gsasl.gsasl_property_set(self.session, name, value.encode())

    def step(self, line):
        """(the library's verdict, the answer in Base64) to the other side's line."""
        out = ctypes.c_char_p()
        code = gsasl.gsasl_step64(self.session, line.encode(), ctypes.byref(out))
        return code, (out.value or b"").decode()


class Lines:
    """A connection, line by line."""

    def __init__(self, sock):
        self.sock, self.file = sock, sock.makefile("rb")

    def say(self, line):
        print(">>>", line)
        self.sock.sendall(line.encode() + b"\r\n")

    def hear(self):
        line = self.file.readline().decode().rstrip("\r\n")
        print("<<<", line)
        return line

    def ask(self, line):
        """The last line of the reply to a command."""
        self.say(line)
        reply = self.hear()
        while reply[3:4] == "-":
            reply = self.hear()
        return reply


def authenticate(lines, line, properties):
    """The server's side of one AUTH."""
    _, mechanism, *first = line.split()
    sasl = Sasl(gsasl.gsasl_server_start, mechanism, properties)
    if not first:
        lines.say("334 ")
        first = [lines.hear()]
    code, answer = sasl.step(first[0])
    while code == NEEDS_MORE:
        lines.say("334 " + answer)
        code, answer = sasl.step(lines.hear())
    if code == OK and answer:                      # RFC 4954: the last challenge wants an empty answer
        lines.say("334 " + answer)
        lines.hear()
    lines.say("235 2.7.0 Authenticated" if code == OK else "535 5.7.8 Authentication failed")


def serve(port, user, password, binding):
    with socket.create_server(("", int(port))) as listener:
        while True:
            sock, _ = listener.accept()
            lines, secured = Lines(sock), False
            lines.say("220 mail.example.net ESMTP")
            line = lines.hear()
            while line and line != "QUIT":
                if line.startswith("EHLO"):
                    lines.say("250-mail.example.net")
                    lines.say("250 AUTH " + MECHANISMS if secured else "250 STARTTLS")
                elif line.startswith("AUTH"):
                    authenticate(lines, line, {AUTHID: user, PASSWORD: password,
                                               CB_TLS_EXPORTER: binding})
                else:
                    secured = True
                    lines.say("220 2.0.0 Go ahead")
                line = lines.hear()
            lines.say("221 2.0.0 Bye")
            sock.close()


def log_in(host, port, mechanism, user, password, binding):
    lines = Lines(socket.create_connection((host, int(port))))
    lines.hear()
    for line in ("EHLO client.example.org", "STARTTLS", "EHLO client.example.org"):
        lines.ask(line)
    sasl = Sasl(gsasl.gsasl_client_start, mechanism,
                {AUTHID: user, PASSWORD: password, CB_TLS_EXPORTER: binding})
    _, first = sasl.step("")
    reply = lines.ask(f"AUTH {mechanism} {first}")
    while reply.startswith("334"):
        code, answer = sasl.step(reply[4:])
        reply = lines.ask(answer if code in (OK, NEEDS_MORE) else "*")
    lines.ask("QUIT")


{"server": serve, "client": log_in}[sys.argv[1]](*sys.argv[2:])
