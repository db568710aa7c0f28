"""A man in the middle: relays port 25 of an address to 127.0.0.1:10025, and meddles with STARTTLS.

usage: mitm.py mask|remove|refuse|reply ADDRESS
mask      writes over STARTTLS in the reply to EHLO, as firewalls do
remove    takes the line out of it
refuse    answers STARTTLS itself, with 454
reply     puts a reply behind the server's 220, in the same segment
"""
import re
import socket
import sys
import threading


class Middle:
    def __init__(self, how, client, server):
        self.how, self.client, self.server = how, client, server
        self.asked = False

    def from_client(self, data):
        if data.upper() == b"STARTTLS\r\n":
            if self.how == "refuse":
                self.client.sendall(b"454 4.7.0 TLS not available due to local problem\r\n")
                return b""
            self.asked = True
        return data

    def from_server(self, data):
        if self.how == "mask":
            return data.replace(b"STARTTLS\r\n", b"XXXXXXXA\r\n")
        if self.how == "remove":
            return re.sub(rb"250-STARTTLS\r\n", b"", data)
        if self.how == "reply" and self.asked and data.startswith(b"220 "):
            self.asked = False
            return data + b"250 mail.example.net\r\n"
        return data


def pump(source, target, change):
    while data := source.recv(65536):
        changed = change(data)
        if changed:
            target.sendall(changed)
    target.shutdown(socket.SHUT_WR)


def main():
    how, address = sys.argv[1:]
    listener = socket.create_server((address, 25))
    client, _ = listener.accept()
    listener.close()
    server = socket.create_connection(("127.0.0.1", 10025))
    for end in client, server:
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    middle = Middle(how, client, server)
    back = threading.Thread(target=pump, args=(server, client, middle.from_server))
    back.start()
    pump(client, server, middle.from_client)
    back.join()


main()
