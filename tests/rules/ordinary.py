"""What happens every day and is nobody's fault: no rule says more of it than info."""

from rules.dialogue import World

PAIRS = {}
EVIDENCE = []


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


def mailing_list():
    """2,000 recipients, of whom one in forty is gone."""
    names = [f"user{i}@list{i % 50}.example" for i in range(2000)]
    world = World()
    world.session().hello("PIPELINING").mail(
        recipients=names, refuse={name: "550 5.1.1 Gone" for name in names[::40]}).quit()
    return world


ORDINARY = [monitoring_probe, health_check, health_check_after_greeting, health_check_by_proxy,
            mailing_list]
