"""Sending: one lane of the outbox, to a provider that takes 50 ms."""

from measure import Comparison


def measure(system, scale):
    samples = system.measure_inside(
        "send",
        rounds=scale.rounds,
        sends=scale.sends,
        sandbox_url=system.stack.sandbox_url,
    )
    return [
        Comparison(
            "message sent",
            "as many threads that only post (requests.Session)",
            samples["ours"],
            samples["floor"],
        )
    ]
