"""HS-6xx and HS-9xx: dialogues in which each rule must speak, and the nearest in which it must not."""

from rules.close import one
from rules.dialogue import World

NO_SUCH_USER = "550 5.1.1 No such user"
DENIED = "554 5.7.1 Relay access denied"


def harvest(count, known=0, apart=1.0, sends=False):
    """One RCPT a session."""
    world = World()
    for i in range(count):
        address = f"user{i}@example.net"
        refuse = {} if i < known else {address: NO_SUCH_USER}
        session = world.session(at=i * apart).hello()
        session.client("MAIL FROM:<a@example.org>").server("250 Ok")
        session.client(f"RCPT TO:<{address}>").server(refuse.get(address, "250 2.1.5 Ok"))
        session.client("RSET").server("250 Ok").quit()
    if sends:
        world.session(at=(count - 1.5) * apart).hello().mail().quit()
    return world


def verify(count):
    """The same by VRFY."""
    def play(session):
        session.hello()
        for i in range(count):
            session.client(f"VRFY user{i}").server(NO_SUCH_USER)
        session.quit()
    return play


def relay(count, reply=DENIED, login=False):
    """Recipients at somebody else's."""
    def play(session):
        session.hello("AUTH CRAM-MD5 PLAIN")
        if login:
            session.login("alice", "secret", good=True)
        addresses = [f"user{i}@example.com" for i in range(count)]
        session.mail(recipients=addresses, refuse=dict.fromkeys(addresses, reply)).quit()
    return play


def trickle(session, pause, octets=5):
    """Content that hardly comes."""
    session.hello().client("MAIL FROM:<a@example.org>").server("250 Ok")
    session.client("RCPT TO:<b@example.net>").server("250 Ok").client("DATA").server("354 Go on")
    for _ in range(20):
        session.raw("C", b"x" * octets).wait(pause)
    session.raw("C", b"\r\n.\r\n").server("250 Ok").quit()


def half_a_command(session, pause):
    """A line that is not finished."""
    session.hello().raw("C", b"NO").wait(pause).raw("C", b"OP\r\n").server("250 Ok").quit()


def connections(count, busy=0, apart=1.0, servers=1, asks=False):
    """Sessions in a row from one source, to servers in turn; asks: for what the server does not have."""
    world = World()
    for i in range(count):
        session = world.session(at=i * apart, server=f"203.0.113.{25 + i % servers}").hello()
        if i < busy:
            session.mail()
        if asks:
            session.client("HELP").server("502 5.5.1 Not here")
        session.quit()
    return world


def greylist(reply="450 4.2.0 Greylisted", second="198.51.100.77", sender="alice@example.org"):
    """Refused for a while, then accepted."""
    world = World()
    address = "bob@example.net"
    world.session().hello().mail(refuse={address: reply}).quit()
    world.session(client=second, at=400).hello().mail(sender=sender).quit()
    return world


def bounces(count, before=1, windows=8, domains=1):
    """Bounces every ten minutes, then very many."""
    world = World()
    for window in range(windows):
        for i in range(before):
            world.session(at=window * 600 + 10 + i).hello().mail(sender="").quit()
    for i in range(count):
        recipient = f"bob@d{i % domains}.example.net" if domains > 1 else "bob@example.net"
        session = world.session(at=windows * 600 + 10 + i)
        session.hello().mail(sender="", recipients=(recipient,)).quit()
    return world


def account(messages, apart=5.0, senders=1, login=True):
    """A user who sends, over several sessions."""
    world = World()
    for i in range(messages):
        session = world.session(client="198.51.100.10", at=i * apart).hello("AUTH CRAM-MD5 PLAIN")
        if login:
            session.login("alice", "secret", good=True)
        session.mail(sender=f"alice{i % senders}@example.org").quit()
    return world


def big_list(session):
    """One message for 2,000 recipients."""
    session.hello("AUTH CRAM-MD5 PLAIN").login("list", "secret", good=True)
    session.mail(recipients=[f"user{i}@example.net" for i in range(2000)]).quit()


def rejecting(count, clients, refused):
    """Of count messages so many are refused."""
    world = World()
    for i in range(count):
        session = world.session(client=f"198.51.100.{10 + i % clients}", at=i)
        address = "bob@example.net"
        session.hello()
        session.mail(refuse={address: "451 4.3.0 Disk full"} if i < refused else None).quit()
    return world


def gap(session, octets):
    """A message of which some octets are missing."""
    session.hello().client("MAIL FROM:<a@example.org>").server("250 Ok")
    session.client("RCPT TO:<b@example.net>").server("250 Ok").client("DATA").server("354 Go on")
    for _ in range(10):
        session.raw("C", b"x" * 998 + b"\r\n")
    session.lose("C", octets).wait(1).raw("C", b"y" * 98 + b"\r\n").wait(1)
    session.client("the end", ".").server("250 Ok").wait(2).quit()


def many_users(count):
    """More names than a small memory has counters for."""
    world = World()
    for i in range(count):
        session = world.session(client=f"198.51.{i // 250}.{1 + i % 250}", at=i * 0.05)
        session.hello("AUTH PLAIN").login(f"user{i}", f"guess{i}").quit()
    return world


def monitor():
    """A probe that connects and quits every minute, for two hours."""
    return connections(120, apart=60)


OWN = ["--own-domain", "example.net"]

PAIRS = {
    "HS-601": (["abuse-harvest.pcap", lambda: harvest(10), lambda: one(verify(10))],
               [lambda: harvest(9), lambda: harvest(10, known=3), lambda: harvest(10, sends=True),
                lambda: harvest(10, apart=70), lambda: one(verify(9)), lambda: one(big_list)]),
    "HS-602": ([lambda: one(relay(2))],
               ["exim-relay-denied.pcap", lambda: one(relay(1)), lambda: one(relay(2, login=True)),
                lambda: one(relay(5, reply="554 5.7.1 Client host blocked using zen.example"))]),
    "HS-603": ([(lambda: one(lambda s: s.hello().mail(recipients=("x@example.com",)).quit()), OWN)],
               [(lambda: one(lambda s: s.hello().mail(recipients=("x@sub.example.net",)).quit()),
                 OWN),
                (lambda: one(lambda s: s.hello().mail(recipients=("x@example.com",)).quit(),
                             client="10.0.0.5"), OWN),
                lambda: one(lambda s: s.hello().mail(recipients=("x@example.com",)).quit())]),
    "HS-604": ([lambda: one(lambda s: trickle(s, 10)), lambda: one(lambda s: half_a_command(s, 61))],
               [lambda: one(lambda s: trickle(s, 10, octets=400)),
                lambda: one(lambda s: half_a_command(s, 59)),
                lambda: one(lambda s: s.hello().wait(400).quit())]),
    "HS-605": ([lambda: connections(50), lambda: connections(100, apart=0.5, servers=2),
                lambda: connections(50, servers=4, asks=True)],
               [lambda: connections(49), lambda: connections(60, busy=15),
                lambda: connections(60, apart=1.3), lambda: connections(98, apart=0.5, servers=2), monitor]),
    "HS-606": ([greylist], [lambda: greylist(reply=NO_SUCH_USER),
                            lambda: greylist(second="192.0.2.77"),
                            lambda: greylist(sender="carol@example.org")]),
    "HS-607": ([lambda: bounces(50)], [lambda: bounces(49), lambda: bounces(50, before=6),
                                       lambda: bounces(50, windows=4),
                                       lambda: bounces(60, domains=3)]),
    "HS-608": ([lambda: account(101), lambda: account(11, senders=11)],
               [lambda: account(100), lambda: account(101, apart=30),
                lambda: account(10, senders=10), lambda: account(101, login=False),
                lambda: one(big_list)]),
    "HS-609": ([lambda: rejecting(60, 3, 40)],
               [lambda: rejecting(60, 2, 40), lambda: rejecting(60, 3, 20),
                lambda: rejecting(40, 3, 40)]),
    "HS-901": (["wire-client-side-only.pcap", "wire-server-side-only.pcap"],
               ["postfix-plain.pcap"]),
    "HS-902": ([lambda: one(lambda s: gap(s, 500))],
               [lambda: one(lambda s: gap(s, 50)), "postfix-plain.pcap"]),
    "HS-903": ([(lambda: many_users(400), ["--memory", "4M"])], [lambda: many_users(400)]),
}

EVIDENCE = [
    ("HS-601", "abuse-harvest.pcap", {"unknown": 11, "known": 1}),
    ("HS-604", lambda: one(lambda s: trickle(s, 10)), {"unfinished": "content"}),
    ("HS-604", lambda: one(lambda s: half_a_command(s, 61)), {"unfinished": "line"}),
    ("HS-606", greylist, {"refusals": 1}),
    ("HS-608", lambda: account(101), {"messages": 101}),
]

# A session is over for the rules a second after its last packet: the 60th comes to the next window.
TOLD = [
    ("HS-605", lambda: connections(200), [50, 59, 50, 59, 50, 59]),
    ("HS-608", lambda: account(150), [101, 150]),
]

CUT = [lambda: bounces(50), lambda: account(101), lambda: connections(120)]
