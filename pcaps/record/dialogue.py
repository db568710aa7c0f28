"""A scripted SMTP client for what well-behaved clients never do.

usage: dialogue.py HOST PORT STEP...

A step is sent as one line (with \\r, \\n, \\t, \\0, \\\\ and \\xHH escapes) and one reply is read after
it. Steps that begin with @ do something else:
  @send TEXT    send the bytes and read nothing; no CRLF is added
  @file SIZE    send SIZE octets of message text and read nothing
  @read [N]     read N replies (default 1)
  @eof          read until the server closes, for at most 700 s (Dovecot idles for 600)
  @sleep S      wait
  @starttls     STARTTLS, then the handshake; later steps are inside TLS
  @tls          the handshake at once
  @fin          half-close: our FIN, reading on
  @close        close the socket
  @rst [TEXT]   reset the connection (SO_LINGER 0), at once after sending TEXT
SOURCE_IP and SOURCE_PORT in the environment are where to speak from.
Without @close or @rst at the end the socket is closed by the end of the program.
"""
import os
import re
import socket
import ssl
import struct
import sys
import time

ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}


def unescape(text):
    out = b""
    for part in re.findall(r"\\x[0-9a-fA-F]{2}|\\.|[^\\]+", text):
        if part.startswith("\\x"):
            out += bytes([int(part[2:], 16)])
        elif part.startswith("\\"):
            out += ESCAPES[part[1]]
        else:
            out += part.encode()
    return out


class Dialogue:
    def __init__(self, host, port):
        source = (os.environ.get("SOURCE_IP", ""), int(os.environ.get("SOURCE_PORT") or 0))
        self.sock = socket.create_connection((host, port), source_address=source)
        self.sock.settimeout(700)
        self.rest = b""

    def send(self, data):
        print(">>>", data if len(data) < 200 else len(data))
        self.sock.sendall(data)

    def line(self):
        while b"\n" not in self.rest:
            data = self.sock.recv(4096)
            if not data:
                return None
            self.rest += data
        line, self.rest = self.rest.split(b"\n", 1)
        print("<<<", line)
        return line

    def reply(self):
        while True:
            line = self.line()
            if line is None or line[3:4] != b"-":
                return

    def tls(self):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.sock = context.wrap_socket(self.sock, server_hostname="mail.example.net")

    def step(self, step):
        word, _, rest = step.partition(" ")
        if word == "@send":
            self.send(unescape(rest))
        elif word == "@file":
            line = b"The quick brown fox jumps over the lazy dog, 64 octets a line.\r\n"
            self.send((line * (int(rest) // len(line) + 1))[:int(rest) - 2] + b"\r\n")
        elif word == "@read":
            for _ in range(int(rest or 1)):
                self.reply()
        elif word == "@eof":
            while self.line() is not None:
                pass
        elif word == "@sleep":
            time.sleep(float(rest))
        elif word == "@starttls":
            self.step("STARTTLS")
            self.tls()
        elif word == "@tls":
            self.tls()
        elif word == "@fin":
            self.sock.shutdown(socket.SHUT_WR)
        elif word == "@close":
            self.sock.close()
        elif word == "@rst":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.sock.sendall(unescape(rest))
            self.sock.close()
        else:
            self.send(unescape(step) + b"\r\n")
            self.reply()


def main():
    dialogue = Dialogue(sys.argv[1], int(sys.argv[2]))
    for step in sys.argv[3:]:
        try:
            dialogue.step(step)
        except ConnectionResetError:
            print("--- reset by the server")
            return


main()
