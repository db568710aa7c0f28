"""What happens every day and is nobody's fault: no rule says more of it than info."""

from rules.dialogue import World, b64

PAIRS = {}
EVIDENCE = []


# A password that crosses in the clear is an anomaly of its own (HS-206), whoever types it. What is ordinary
# about the two below is the guessing, so that no password is seen on the wire: behind STARTTLS at a tap that
# decrypts, which shows the rules all of it, or by a mechanism that shows an answer, the same for no two tries.


def by_tap(session, password, good=False):
    """AUTH PLAIN inside TLS, decrypted by the tap."""
    session.hello("STARTTLS").client("STARTTLS").server("220 2.0.0 Go ahead")
    session.client("EHLO client.example.org").server("250-mx.example.net", "250 AUTH PLAIN LOGIN")
    session.login("alice", password, good)


def by_cram(session, password, good=False):
    """AUTH CRAM-MD5; the password is not to be seen."""
    session.hello("AUTH CRAM-MD5").client("AUTH CRAM-MD5")
    session.server("334 " + b64(f"<{session.time:.3f}@mx.example.net>"))
    session.client(b64(f"alice {sum(password.encode()):032x}"))
    session.server("235 2.7.0 Ok" if good else "535 5.7.8 Authentication failed")


def login_by_login(way, tries, mails=False):
    """Sessions at these times, each with a password and whether it is right; a right one sends a message."""
    world = World()
    for at, password, good in tries:
        session = world.session(at=at, port=587)
        way(session, password, good)
        if good and mails:
            session.mail()
        session.quit()
    return world


def mistypes_twice(way):
    """Wrong, wrong, right, within a minute, as mail programs do it: a session for each."""
    return login_by_login(way, [(0, "secrte", False), (20, "sceret", False), (40, "secret", True)], mails=True)


def user_mistypes_twice():
    """At a tap that decrypts."""
    return mistypes_twice(by_tap)


def user_mistypes_twice_by_cram():
    """By CRAM-MD5."""
    return mistypes_twice(by_cram)


def user_mistypes_twice_every_morning():
    """And is no better at it on the next day, nor at the next server."""
    tries = [(day * 86400 + 20 * i, password, i == 2) for day in range(3)
             for i, password in enumerate(("secrte", "sceret", "secret"))]
    return login_by_login(by_tap, tries, mails=True)


def user_mistypes_twice_in_one_session():
    """The server lets a session try again."""
    world = World()
    session = world.session(port=587)
    by_tap(session, "secrte")
    session.login("alice", "sceret").login("alice", "secret", good=True).mail().quit()
    return world


def stale_phone(way, count, apart, mended=False, user_at_desk=False):
    """One wrong password again and again; mended: then the right one. user_at_desk: who has the right one,
    behind the same address."""
    tries = [(apart * i, "winter", False) for i in range(count)]
    if mended:
        tries.append((apart * count, "summer", True))
    if user_at_desk:
        tries += [(apart * i + apart / 2, "summer", True) for i in range(count)]
    return login_by_login(way, sorted(tries))


def phone_with_stale_password():
    """Every quarter of an hour, for a day."""
    return stale_phone(by_tap, 96, 900)


def phone_with_stale_password_in_a_hurry():
    """Every ten seconds, for an hour."""
    return stale_phone(by_tap, 360, 10)


def phone_with_stale_password_mended():
    """Until it is told the new one."""
    return stale_phone(by_tap, 96, 60, mended=True)


def phone_with_stale_password_beside_its_user():
    """While its user works."""
    return stale_phone(by_tap, 50, 60, user_at_desk=True)


def phone_with_stale_password_on_the_way():
    """From one network after the other, each four times."""
    world = World()
    for i in range(80):
        session = world.session(client=f"198.51.{i // 4}.10", at=120 * i, port=587)
        by_tap(session, "winter")
        session.fin("C")
    return world


def phone_with_stale_password_by_cram():
    """By CRAM-MD5, every quarter of an hour, for a day."""
    return stale_phone(by_cram, 96, 900)


def phone_with_stale_password_by_cram_mended():
    """Until it is told the new one."""
    return stale_phone(by_cram, 96, 900, mended=True)


def phone_with_stale_password_by_cram_beside_its_user():
    """While its user works."""
    return stale_phone(by_cram, 96, 900, user_at_desk=True)


def monitoring_probe():
    """Connects, says hello and quits, every minute."""
    world = World()
    for i in range(120):
        world.session(at=60 * i).hello().quit()
    return world


def health_check():
    """A load balancer connects and closes, every five seconds."""
    world = World()
    for i in range(120):
        world.session(at=5 * i).fin("C")
    return world


def health_check_after_greeting():
    """The same, but it waits for the greeting."""
    world = World()
    for i in range(120):
        world.session(at=5 * i).server("220 mx.example.net ESMTP").fin("C")
    return world


def health_check_by_proxy():
    """The same behind a PROXY header that names nobody."""
    world = World()
    for i in range(120):
        world.session(at=5 * i).client("PROXY UNKNOWN").server("220 mx ESMTP").fin("C")
    return world


def health_check_reset():
    """It resets as soon as it is connected, as some do to leave nothing behind."""
    world = World()
    for i in range(120):
        world.session(at=5 * i).rst("C")
    return world


def health_check_reset_after_greeting():
    """The same after the greeting, to each of four servers, every two seconds."""
    world = World()
    for i in range(480):
        world.session(at=i / 2, server=f"203.0.113.{25 + i % 4}").server("220 mx ESMTP").rst("C")
    return world


def monitoring_probe_within_tls():
    """It asks for TLS, and is content with the 220 and what it decrypts to."""
    world = World()
    for i in range(120):
        session = world.session(at=60 * i)
        session.hello("STARTTLS").client("STARTTLS").server("220 2.0.0 Go ahead")
        session.client("EHLO probe").server("250 mx.example.net").quit()
    return world


def monitoring_probe_without_hello():
    """Connects, reads the greeting, quits."""
    world = World()
    for i in range(120):
        world.session(at=60 * i).server("220 mx.example.net ESMTP").quit()
    return world


def mailing_list():
    """2,000 recipients, of whom one in forty is gone."""
    names = [f"user{i}@list{i % 50}.example" for i in range(2000)]
    world = World()
    world.session().hello("PIPELINING").mail(
        recipients=names, refuse={name: "550 5.1.1 Gone" for name in names[::40]}).quit()
    return world


def mailing_list_pipelined():
    """2,000 recipients in one segment after the other, to a server that takes a thousand at once."""
    names = [f"user{i}@list{i % 50}.example" for i in range(2000)]
    world = World()
    session = world.session().hello("PIPELINING")
    for half in (names[:1000], names[1000:]):
        left = names[1000:] if half is not names[1000:] and half[0] == names[0] else []
        wanted = half + left
        session.client("MAIL FROM:<list-bounces@example.org>").server("250 2.1.0 Ok")
        for at in range(0, len(wanted), 20):
            session.client(*(f"RCPT TO:<{name}>" for name in wanted[at:at + 20]))
            session.server(*("250 2.1.5 Ok" if at + i < 1000 else "452 4.5.3 Too many recipients"
                             for i in range(len(wanted[at:at + 20]))))
        session.client("DATA").server("354 Go on").client("Subject: list", "", "Hello.", ".")
        session.server("250 2.0.0 Ok: queued as 4QxYz01")
    session.quit()
    return world


def mailing_list_one_by_one():
    """2,000 messages with a reverse-path each (VERP), in a quarter of an hour, from the list's own server."""
    world = World()
    for i in range(100):
        session = world.session(client="198.51.100.20", at=9 * i).hello("PIPELINING")
        for n in range(20 * i, 20 * i + 20):
            name = f"user{n}@list{n % 50}.example"
            refuse = {name: "550 5.1.1 Gone"} if n % 40 == 0 else {}
            session.mail(f"list-bounces+{n}@example.org", (name,), refuse)
        session.quit()
    return world


ORDINARY = [
    user_mistypes_twice, user_mistypes_twice_by_cram, user_mistypes_twice_every_morning,
    user_mistypes_twice_in_one_session, phone_with_stale_password, phone_with_stale_password_in_a_hurry,
    phone_with_stale_password_mended, phone_with_stale_password_beside_its_user,
    phone_with_stale_password_on_the_way, phone_with_stale_password_by_cram,
    phone_with_stale_password_by_cram_mended, phone_with_stale_password_by_cram_beside_its_user,
    monitoring_probe, monitoring_probe_within_tls, monitoring_probe_without_hello, health_check,
    health_check_after_greeting, health_check_by_proxy, health_check_reset, health_check_reset_after_greeting,
    mailing_list, mailing_list_pipelined, mailing_list_one_by_one]
