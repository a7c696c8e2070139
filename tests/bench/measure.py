"""How the benchmark measures: wall and CPU time, sample beside sample.

A machine is never quite alone, and its speed drifts. So our way of doing something and
its floors take turns in the same run, and what counts is their ratio, round by round.
Standard library and psutil only: a part of the benchmark runs inside Odoo.
"""

import dataclasses
import statistics
import time

import psutil


@dataclasses.dataclass
class Sample:
    """What one way of doing something did in one round.

    :param count: how many were done
    :param seconds: in which time
    :param cpu: seconds of CPU, of all processes that did it
    :param latencies: seconds that each one took, where somebody waits for it
    :param queries: how many were sent to the database, where that was counted
    """

    count: int
    seconds: float
    cpu: float | None = None
    latencies: list = dataclasses.field(default_factory=list)
    queries: int | None = None

    @property
    def rate(self):
        return self.count / self.seconds

    def get_percentile(self, percent):
        """A latency in seconds, by the nearest rank."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]


class Stopwatch:
    """Wall and CPU time of a block, the latter of whole trees of processes.

    .. code-block:: python

        with Stopwatch(odoo_pid, postgres_pid) as watch:
            ...
        watch.seconds, watch.cpu

    :param pids: the trees' roots
    """

    def __init__(self, *pids):
        self._roots = [psutil.Process(pid) for pid in pids]
        self.seconds = self.cpu = None

    def __enter__(self):
        self._cpu_start = self._read_cpu()
        self._start = time.perf_counter()
        return self

    def __exit__(self, *_exception):
        self.seconds = time.perf_counter() - self._start
        self.cpu = self._read_cpu() - self._cpu_start

    def _read_cpu(self):
        """Seconds used so far; those of dead children are counted by their parents."""
        total = 0.0
        for root in self._roots:
            for process in [root, *root.children(recursive=True)]:
                try:
                    total += sum(process.cpu_times()[:4])
                except psutil.NoSuchProcess:
                    continue
        return total


def take_turns(rounds, **ways):
    """Measure several ways, in turns, so that a busy moment strikes them all.

    :param ways: callables that take the round's number and give a :class:`Sample`
    :return: dict name → list of samples
    """
    samples = {name: [] for name in ways}
    for number in range(rounds):
        for name, way in ways.items():
            samples[name].append(way(number))
    return samples


@dataclasses.dataclass
class Comparison:
    """One row of the table: our way beside a floor.

    ``by_latency``: how long one takes is compared, else how many are done in a second.
    """

    what: str
    floor_is: str
    ours: list[Sample]
    floor: list[Sample]
    by_latency: bool = False
    note: str = ""

    @property
    def ratio(self):
        """The share of the floor's speed that we reach; the median of the rounds."""
        pairs = zip(self.ours, self.floor, strict=True)
        return statistics.median(
            floor.get_percentile(50) / ours.get_percentile(50)
            if self.by_latency
            else ours.rate / floor.rate
            for ours, floor in pairs
        )

    def describe(self):
        """The row as JSON."""
        return {
            "what": self.what,
            "floor_is": self.floor_is,
            "ratio": self.ratio,
            "note": self.note,
            "by_latency": self.by_latency,
            "ours": _summarize(self.ours),
            "floor": _summarize(self.floor),
        }


def _summarize(samples):
    """The middle of several rounds; the latencies of all of them together."""
    summary = {
        "rounds": len(samples),
        "count": sum(sample.count for sample in samples),
        "per_second": statistics.median(sample.rate for sample in samples),
    }
    everyone = Sample(1, 1.0, latencies=[t for s in samples for t in s.latencies])
    if everyone.latencies:
        summary["p50_ms"] = everyone.get_percentile(50) * 1000
        summary["p99_ms"] = everyone.get_percentile(99) * 1000
    if samples[0].cpu is not None:
        summary["cpu_ms_each"] = 1000 * _get_each(samples, "cpu")
    if samples[0].queries is not None:
        summary["queries_each"] = _get_each(samples, "queries")
    return summary


def _get_each(samples, name):
    return statistics.median(getattr(sample, name) / sample.count for sample in samples)
