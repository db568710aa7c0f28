"""HS-1xx: dialogues in which each rule must speak, and the nearest in which it must not."""

from rules.dialogue import ACK, FIN, World


def one(script, **where):
    """A world with one session, which script plays."""
    world = World()
    script(world.session(**where))
    return world


def unasked_221(session):
    """A server that says goodbye by itself."""
    session.hello("PIPELINING").wait(30).server("221 2.0.0 Goodbye").fin("S")


def pipelined_quit(session):
    """QUIT in one segment with the command before it."""
    session.hello("PIPELINING").client("NOOP", "QUIT").server("250 2.0.0 Ok", "221 2.0.0 Bye")
    session.fin("S")


def closing_421(session):
    """A server that gives up."""
    session.hello().wait(300).server("421 4.4.2 Error: timeout exceeded").fin("S")


def deferred_450(session):
    """Any other 4xx closes nothing."""
    session.hello().mail(recipients=("bob@example.net",),
                         refuse={"bob@example.net": "450 4.2.0 Try again"}).quit()


def shutdown(world, clients=3, sessions=6, apart=0.5, silences=lambda i: 2 + i, deserved=False):
    """Sessions that the server closes one soon after the other."""
    for i in range(sessions):
        closed = 100 + i * apart
        session = world.session(client=f"198.51.100.{10 + i % clients}", at=closed - silences(i))
        session.hello()
        if deserved:
            for _ in range(4):
                session.client("BOGUS").server("500 5.5.2 Error")
        session.time = closed
        session.server("421 4.3.2 mx.example.net closing").fin("S")
    return world


def shutdown_of_all():
    """Three sessions, and none is left open."""
    return shutdown(World(), clients=3, sessions=3)


def one_of_many_left():
    """The same three, but a fourth goes on."""
    world = shutdown(World(), clients=3, sessions=3)
    world.session(client="198.51.100.99", at=50).hello().wait(100).quit()
    return world


def close_by_and_by():
    """Six sessions, three seconds apart; one goes on."""
    world = shutdown(World(), apart=3)
    world.session(client="198.51.100.99", at=50).hello().wait(200).quit()
    return world


def of_one_client(apart, silences, text, opened_late=False, sessions=3):
    """Sessions of one client that the server ends; opened_late: each after the one before."""
    def make():
        world = World()
        for i in range(sessions):
            closed = 100 + i * apart
            begun = closed - (0.5 if opened_late else silences + i * 0.02 - i * apart)
            session = world.session(client="198.51.100.10", at=begun).hello()
            session.time = closed
            if text:
                session.server(text)
            session.fin("S")
        return world
    make.__name__ = f"{sessions} of one client, {apart} s apart, silent {silences} s, {text}"
    return make


ONE_CLIENT = [of_one_client(0.01, 3, ""), of_one_client(0.01, 60, "421 mx Shutting down"),
              of_one_client(0.01, 3, "421 4.3.2 mx closing"), of_one_client(0.01, 0.3, ""),
              of_one_client(0.01, 0.05, "421 mx Shutting down")]
ONE_CLIENT_QUIET = [of_one_client(0.01, 60, ""), of_one_client(2, 0, "", opened_late=True),
                    of_one_client(0.01, 3, "", sessions=1), of_one_client(0.01, 0.05, ""),
                    of_one_client(0.01, 60, "421 mx Shutting down", sessions=1),
                    of_one_client(0.01, 3, "421 4.4.2 timeout exceeded"),
                    of_one_client(0.01, 60, "421 4.3.2 mx closing")]


def tired_server(session):
    """A refusal, and the close with it."""
    session.hello().client("BOGUS").server("500 5.5.2 Too many errors").fin("S")


def refused_long_ago(session):
    """The refusal has nothing to do with the close."""
    session.hello().client("BOGUS").server("500 5.5.2 Unknown").wait(30).fin("S")


def quit_silence(session):
    """QUIT, and the server hangs up."""
    session.hello().client("QUIT").fin("S")


def quit_answered(session):
    """An ordinary end."""
    session.hello().quit()


def quit_250(session):
    """QUIT answered by what answers everything."""
    session.hello().client("QUIT").server("250 2.0.0 Ok").fin("S")


def reset_in_data(session):
    """A client that dies in the middle of a message."""
    session.hello().client("MAIL FROM:<a@example.org>").server("250 Ok")
    session.client("RCPT TO:<b@example.net>").server("250 Ok").client("DATA").server("354 Go on")
    session.client("Subject: hel").rst("C")


def reset_when_ready(session):
    """The same outside of a transaction."""
    session.hello().mail().rst("C")


def server_hangs_up(session):
    """No word, no QUIT."""
    session.hello().wait(3).fin("S")


def client_hangs_up(session):
    """The client does."""
    session.hello().wait(3).fin("C")


def no_mail_here(session):
    """521 announces the close as well (RFC 7504)."""
    session.hello().client("MAIL FROM:<a@example.org>").server("521 5.3.2 No mail here").fin("S")


def talks_on(session):
    """A client that does not stop."""
    session.hello().client("QUIT").server("221 2.0.0 Bye").client("NOOP").fin("S")


def pipelines_behind_quit(session):
    """Sent before the 221 was heard."""
    session.hello().client("QUIT", "NOOP").server("221 2.0.0 Bye").fin("S")


PAIRS = {
    "HS-101": ([lambda: one(unasked_221)], [lambda: one(pipelined_quit), "postfix-plain.pcap"]),
    "HS-102": ([lambda: one(closing_421), "postfix-idle.pcap", "exim-stop.pcap"],
               [lambda: one(deferred_450)]),
    "HS-103": (["abuse-server-shutdown.pcap", lambda: shutdown(World()), shutdown_of_all,
                "exim-killed.pcap", "opensmtpd-killed.pcap", "postfix-killed.pcap",
                "submission-killed.pcap", "submission-stop-several.pcap",
                *((f"lmtp-{how}.pcap", ["--ports", "24"])
                  for how in ("stop-several", "killed", "master-killed")), *ONE_CLIENT],
               [lambda: shutdown(World(), clients=2), close_by_and_by,
                lambda: shutdown(World(), silences=lambda i: 60), one_of_many_left,
                lambda: shutdown(World(), deserved=True), *ONE_CLIENT_QUIET]),
    "HS-104": ([lambda: one(quit_silence), "opensmtpd-quit-behind-dot.pcap"],
               [lambda: one(quit_answered)]),
    "HS-105": ([lambda: one(quit_250)], [lambda: one(quit_answered)]),
    "HS-106": ([lambda: one(reset_in_data), "postfix-rst-in-data.pcap", "exim-rst-in-data.pcap"],
               [lambda: one(reset_when_ready), "auth-abandoned.pcap"]),
    "HS-107": ([lambda: one(server_hangs_up), "opensmtpd-idle.pcap", lambda: one(refused_long_ago)],
               [lambda: one(client_hangs_up), lambda: one(no_mail_here), lambda: one(tired_server), "tls-cleartext-after-220.pcap",
                "tls-postfix-smtps.pcap"]),
    "HS-108": ([lambda: one(talks_on)],
               [lambda: one(pipelines_behind_quit), "postfix-quit-then-rst.pcap"]),
}


# How a server goes by itself: with 221 (HS-101) or 421 (HS-102), for each cause.
GOODBYES = {"HS-101": "221 2.0.0", "HS-102": "421 4.3.2"}


def idle(session, goodbye):
    """After half a minute without a word."""
    session.hello().wait(30).server(f"{goodbye} Goodbye").fin("S")


def idle_in_text(session, goodbye):
    """A server with a short timeout that says so."""
    session.hello().wait(5).server(f"{goodbye} Idle for too long").fin("S")


def after_login(session, goodbye):
    """Closed right after a failed login."""
    session.hello("AUTH PLAIN").login("alice", "wrong").server(f"{goodbye} Go away").fin("S")


def after_errors(session, goodbye):
    """Closed after nothing but errors."""
    session.hello()
    for _ in range(3):
        session.client("BOGUS").server("500 5.5.2 Error")
    session.server(f"{goodbye} Enough").fin("S")


def after_deferrals(session, goodbye):
    """Closed after refusals that are temporary."""
    session.hello().client("MAIL FROM:<alice@example.org>").server("250 2.1.0 Ok")
    for i in range(3):
        session.client(f"RCPT TO:<bob{i}@example.net>").server("451 4.3.0 Not now")
    session.server(f"{goodbye} Enough").fin("S")


def as_answer(session, goodbye):
    """Closed by the answer to a command."""
    session.hello().client("NOOP").server(f"{goodbye} No").fin("S")


def unexplained(session, goodbye):
    """Closed for no reason to be seen."""
    session.hello().wait(2).server(f"{goodbye} Goodbye").fin("S")


def restart(session, goodbye):
    """Closed because the server stops."""
    session.hello().wait(20).server(f"{goodbye} Shutting down").fin("S")


def client_gone(session, goodbye):
    """Closed behind a client that had closed."""
    session.hello()._send("C", FIN | ACK)
    session.server(f"{goodbye} Lost the client").fin("S")


CAUSES = [(idle, {"cause": "idle_timeout"}), (idle_in_text, {"cause": "idle_timeout"}),
          (after_login, {"cause": "after_auth_failure"}),
          (after_errors, {"cause": "after_errors", "refusals": 3}),
          (after_deferrals, {"cause": "after_errors", "refusals": 3}),
          (as_answer, {"cause": "as_answer", "answered": "NOOP"}), (unexplained, {"cause": "unknown"}),
          (restart, {"cause": "shutdown"}), (client_gone, {"cause": "client_gone"})]


def goes(script, goodbye):
    """A world in which the server goes so."""
    return lambda: one(lambda session: script(session, goodbye))


# Evidence that a world's anomaly of a rule must have.
EVIDENCE = [
    *((rule, goes(script, goodbye), wanted) for rule, goodbye in GOODBYES.items()
      for script, wanted in CAUSES),
    ("HS-101", lambda: one(unasked_221), {"cause": "idle_timeout", "reply_code": 221}),
    ("HS-102", "exim-fin-without-quit.pcap", {"cause": "client_gone"}),
    ("HS-102", "postfix-greeting-421.pcap", {"cause": "as_greeting"}),
    ("HS-102", "postfix-too-many-errors.pcap", {"cause": "after_errors"}),
    ("HS-103", "abuse-server-shutdown.pcap", {"sessions_closed": 6, "clients": 3}),
]
