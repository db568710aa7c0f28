"""HS-2xx: dialogues in which each rule must speak, and the nearest in which it must not."""

from rules.close import one
from rules.dialogue import World, b64, plain

OFFER = "AUTH PLAIN LOGIN"


def logins(tries, apart, offer=OFFER):
    """Failed or successful logins, one a session: (client, user, password[, good])."""
    world = World()
    for i, (client, user, password, *good) in enumerate(tries):
        session = world.session(client=client, at=i * apart)
        session.hello(offer).login(user, password, good=bool(good)).quit()
    return world


def guesses(count, apart, client="198.51.100.10"):
    """Different passwords for one user from one source."""
    return logins([(client, "alice", f"guess{i}") for i in range(count)], apart)


def stale_phone(count, apart):
    """The same wrong password again and again."""
    return logins([("198.51.100.10", "alice", "old")] * count, apart)


def mistypes_twice():
    """Wrong, wrong, right."""
    source = "198.51.100.10"
    return logins([(source, "alice", "a"), (source, "alice", "b"), (source, "alice", "c", True)],
                  20)


def spray(users, apart=10, password=None, network=False, tries=1):
    """A few passwords for many users."""
    attempts = []
    for i in range(users):
        client = f"198.51.100.{10 + i}" if network else "198.51.100.10"
        attempts += [(client, f"user{i}", password or f"word{i}{t}") for t in range(tries)]
    return logins(attempts, apart)


def distributed(sources, same=False):
    """One user from many places."""
    return logins([(f"198.51.{i}.10", "alice", "old" if same else f"guess{i}")
                   for i in range(sources)], 60)


def breach(failures, source=lambda i: "198.51.100.10", password="guess{}"):
    """Failures, then a success of the same user from the first source."""
    return logins([(source(i), "alice", password.format(i)) for i in range(failures)] +
                  [("198.51.100.10", "alice", "right", True)], 20)


def breach_unseen(failures):
    """The same by CRAM-MD5, which shows no password."""
    world = World()
    for i in range(failures + 1):
        session = world.session(at=i * 60).hello("AUTH CRAM-MD5").client("AUTH CRAM-MD5")
        session.server("334 " + b64(f"<{i}.2@mx.example.net>")).client(b64(f"alice {i:032x}"))
        session.server("235 2.7.0 Ok" if i == failures else "535 5.7.8 No").quit()
    return world


def slow_guesses(success=None):
    """A guess every two hours; a success in between clears the source."""
    source = "198.51.100.10"
    tries = [(source, "alice", f"guess{i}") for i in range(7)]
    if success is not None:
        tries.insert(success, (source, "alice", "right", True))
    return logins(tries, 7200)


def exposed(client, server):
    """A password in the clear between these."""
    return lambda: one(lambda s: s.hello(OFFER).login("alice", "secret", good=True).quit(),
                       client=client, server=server)


def offered(*capabilities):
    """A session that only looks."""
    return one(lambda s: s.hello(*capabilities).quit())


def cram(session, answer=True):
    """CRAM-MD5, which shows no password."""
    session.hello("AUTH CRAM-MD5").client("AUTH CRAM-MD5")
    session.server("334 " + b64("<1.2@mx.example.net>"))
    if answer:
        session.client(b64("alice " + "0" * 32)).server("235 2.7.0 Ok").quit()


def unasked_challenge(session):
    """334 to NOOP."""
    session.hello(OFFER).client("NOOP").server("334 UGFzc3dvcmQ6").client("QUIT")
    session.server("221 Bye").fin("S")


def asked_challenge(session):
    """334 to AUTH LOGIN."""
    login(session).quit()


def login(session, wait_client=0, wait_server=0, answers=("alice", "secret")):
    """AUTH LOGIN with silences before the last answer and the last reply."""
    session.hello(OFFER).client("AUTH LOGIN").server("334 VXNlcm5hbWU6")
    session.client(b64(answers[0])).server("334 UGFzc3dvcmQ6").wait(wait_client)
    return session.client(b64(answers[1])).wait(wait_server).server("235 2.7.0 Ok")


def leaves_inside(session):
    """Closed after the first challenge."""
    session.hello(OFFER).client("AUTH LOGIN").server("334 VXNlcm5hbWU6").fin("C")


def cancels(session):
    """"*" ends the exchange in good order."""
    session.hello(OFFER).client("AUTH LOGIN").server("334 VXNlcm5hbWU6").client("*")
    session.server("501 5.7.0 Cancelled").quit()


def no_base64(session):
    """An answer with a bad alphabet."""
    session.hello(OFFER).client("AUTH PLAIN a!b!c!d!").server("501 5.5.2 Bad").quit()


def third_challenge(session):
    """LOGIN asks twice, not three times."""
    session.hello(OFFER).client("AUTH LOGIN").server("334 VXNlcm5hbWU6").client(b64("alice"))
    session.server("334 UGFzc3dvcmQ6").client(b64("secret")).server("334 UElOOg==")
    session.client(b64("1234")).server("535 5.7.8 No").quit()


def auth_again(session):
    """AUTH after a success."""
    session.hello(OFFER).login("alice", "secret", good=True)
    session.login("alice", "secret", refusal="503 5.5.1 Already authenticated").quit()


def auth_after_failure(session):
    """A second try."""
    session.hello(OFFER).login("alice", "wrong").login("alice", "secret", good=True).quit()


def refused_strong(code):
    """A strong mechanism is refused, a weak one follows."""
    def play(session):
        session.hello("AUTH CRAM-MD5 PLAIN").client("AUTH CRAM-MD5").server(code)
        session.login("alice", "secret", good=True).quit()
    return play


def client_weakens(first_weak=False):
    """A user who used CRAM-MD5 comes back with PLAIN, or the other way round."""
    world = World()
    offer = "AUTH CRAM-MD5 PLAIN"
    for i, weak in enumerate((first_weak, not first_weak)):
        session = world.session(at=i * 60)
        session.hello(offer)
        if weak:
            session.login("alice", "secret", good=True)
        else:
            session.client("AUTH CRAM-MD5").server("334 " + b64("<1.2@mx.example.net>"))
            session.client(b64("alice " + "0" * 32)).server("235 2.7.0 Ok")
        session.quit()
    return world


def server_offers_less():
    """The strong mechanism is gone from the list."""
    world = World()
    for i, offer in enumerate(("AUTH CRAM-MD5 PLAIN", "AUTH PLAIN")):
        world.session(at=i * 60).hello(offer).quit()
    return world


def hops(times):
    """Cancelled, then another mechanism."""
    def play(session):
        session.hello("AUTH PLAIN LOGIN CRAM-MD5 DIGEST-MD5")
        for mechanism in ("LOGIN", "CRAM-MD5", "DIGEST-MD5", "LOGIN")[:times + 1]:
            session.client(f"AUTH {mechanism}").server("334 ").client("*")
            session.server("501 5.7.0 Cancelled")
        session.quit()
    return play


def networks(count):
    """Successes of one user from different /16."""
    return logins([(f"198.{51 + i}.100.10", "alice", "right", True) for i in range(count)], 60)


def within_tls():
    """The secret goes through STARTTLS: what follows is not seen."""
    return "tls-submission.pcap"


PAIRS = {
    "HS-201": (["abuse-brute-force.pcap", lambda: guesses(5, 149)],
               [lambda: guesses(5, 151), lambda: guesses(4, 10), lambda: stale_phone(9, 60),
                mistypes_twice]),
    "HS-202": ([slow_guesses], [lambda: slow_guesses(4), lambda: stale_phone(20, 3600),
                                lambda: guesses(12, 10)]),
    "HS-203": (["abuse-password-spray.pcap", lambda: spray(10), lambda: spray(10, network=True),
                lambda: spray(3, password="Summer2026")],
               [lambda: spray(9), lambda: spray(10, tries=3), lambda: spray(2, password="x"),
                lambda: spray(10, apart=500)]),
    "HS-204": ([lambda: distributed(5)], [lambda: distributed(4), lambda: distributed(8, same=True)]),
    "HS-205": (["abuse-brute-force-success.pcap", lambda: breach(3),
                lambda: breach(6, source=lambda i: f"198.51.{i}.77"), lambda: breach_unseen(3)],
               [lambda: breach(2), lambda: breach_unseen(2), mistypes_twice, lambda: breach(9, password="old"),
                lambda: breach(4, source=lambda i: f"198.51.{i}.77")]),
    "HS-206": ([lambda: one(lambda s: s.hello(OFFER).login("alice", "secret", good=True).quit()),
                "postfix-auth.pcap", "auth-xoauth2.pcap"],
               [lambda: one(cram), within_tls()]),
    "HS-207": ([lambda: offered(OFFER)], [lambda: offered("AUTH CRAM-MD5"), "postfix-plain.pcap"]),
    "HS-208": ([lambda: one(unasked_challenge)], [lambda: one(asked_challenge)]),
    "HS-209": ([lambda: one(lambda s: login(s, wait_client=61).quit()),
                lambda: one(lambda s: login(s, wait_server=61).quit())],
               [lambda: one(lambda s: login(s, wait_client=59, wait_server=59).wait(100).quit())]),
    "HS-210": ([lambda: one(leaves_inside), "auth-abandoned.pcap"], [lambda: one(cancels)]),
    "HS-211": ([lambda: one(no_base64), "auth-invalid-base64.pcap"],
               [lambda: one(cancels), "auth-answers-like-commands.pcap"]),
    "HS-212": ([lambda: one(third_challenge)], [lambda: one(asked_challenge)]),
    "HS-213": ([lambda: one(lambda s: s.hello("AUTH CRAM-MD5").login("alice", "x").quit()),
                "auth-before-ehlo.pcap"],
               [lambda: one(lambda s: s.hello("AUTH plain").login("alice", "x").quit())]),
    "HS-214": ([lambda: one(auth_again), "auth-twice.pcap"], [lambda: one(auth_after_failure)]),
    "HS-215": ([lambda: one(refused_strong("534 5.7.9 Too weak")), client_weakens,
                server_offers_less],
               [lambda: one(refused_strong("454 4.7.0 Not now")),
                lambda: client_weakens(first_weak=True)]),
    "HS-216": ([lambda: one(hops(2))], [lambda: one(hops(1))]),
    "HS-217": ([lambda: networks(4)], [lambda: networks(3)]),
}

EVIDENCE = [
    ("HS-201", "abuse-brute-force.pcap", {"users": "alice", "mechanism": "PLAIN"}),
    ("HS-203", lambda: spray(3, password="Summer2026"), {"shape": "same_secret"}),
    ("HS-203", lambda: spray(10, network=True), {"network": "198.51.100.0/24"}),
    ("HS-205", lambda: breach(3), {"failures_before": 3, "from": "same_source", "guesses_unseen": None}),
    ("HS-205", lambda: breach_unseen(8), {"guesses_unseen": True, "event.severity": 10}),
    ("HS-205", lambda: breach_unseen(9), {"guesses_unseen": None, "event.severity": 95}),
    ("HS-206", exposed("198.51.100.10", "203.0.113.25"), {"inside": False, "event.severity": 50}),
    ("HS-206", exposed("10.1.2.3", "192.168.4.5"), {"inside": True, "event.severity": 25}),
    ("HS-206", exposed("127.0.0.1", "127.0.0.1"), {"inside": True, "event.severity": 25}),
    ("HS-206", exposed("fd00::1", "::1"), {"inside": True, "event.severity": 25}),
    ("HS-206", exposed("10.1.2.3", "203.0.113.25"), {"inside": False, "event.severity": 50}),
    ("HS-206", (exposed("10.1.2.3", "203.0.113.25"), ["--home", "203.0.113.0/24"]), {"inside": True, "event.severity": 25}),
    ("HS-206", (exposed("198.51.100.10", "203.0.113.25"), ["--home", "203.0.113.0/24"]),
     {"inside": False, "event.severity": 50}),
    ("HS-209", lambda: one(lambda s: login(s, wait_client=61).quit()), {"turn": "client"}),
    ("HS-209", lambda: one(lambda s: login(s, wait_server=61).quit()), {"turn": "server"}),
    ("HS-211", lambda: one(no_base64), {"why": "alphabet", "side": "client"}),
    ("HS-215", client_weakens, {"how": "client", "before": "CRAM-MD5", "now": "PLAIN"}),
    ("HS-215", server_offers_less, {"how": "server_offers_less"}),
]
assert plain("a", "b") == "AGEAYg=="

# What goes on longer than a window: the counts at its crossings and ends, never one for each attempt.
TOLD = [
    ("HS-201", lambda: guesses(5, 20), [5]),
    ("HS-201", lambda: guesses(30, 19), [5, 30]),
    ("HS-201", lambda: guesses(100, 19), [5, 32, 5, 32, 5, 32]),
    ("HS-201", lambda: guesses(600, 1), [5, 600]),
    ("HS-202", slow_guesses, [6, 7]),
    ("HS-203", lambda: spray(25), [10, 25]),
    ("HS-204", lambda: distributed(40), [5, 40]),
    ("HS-206", lambda: stale_phone(60, 3600), [1, 24, 1, 24, 1, 12]),
]

CUT = [lambda: spray(10), slow_guesses, lambda: guesses(20, 100)]
