"""The parts of the sandbox, put together."""

import json
from pathlib import Path
from typing import Any

from .background import Background
from .courier import Courier
from .faults import Faults
from .network import Network
from .providers import Provider
from .recorder import Recorder
from .store import Store


class World:
    """Everything that lives as long as the sandbox runs."""

    def __init__(self, provider_classes: tuple[type[Provider], ...]) -> None:
        self.background = Background()
        self.store = Store()
        self.faults = Faults(self.store.changes)
        self.courier = Courier(self.store, self.faults)
        self.network = Network(self.store, self.faults, self.courier, self.background)
        for cls in provider_classes:
            provider = cls(self.store, self.faults, self.network)
            self.network.providers[provider.name] = provider
        self.recorder = Recorder(self.store, self.hosts)

    @property
    def providers(self) -> list[Provider]:
        """All pretend providers."""
        return list(self.network.providers.values())

    @property
    def hosts(self) -> frozenset[str]:
        """The real hosts that are played here."""
        return frozenset(host for one in self.providers for host in one.hosts)

    def reset(self, keep_accounts: bool = False) -> None:
        """Begin anew; the accounts and their numbers may stay."""
        self.background.cancel()
        numbers = list(self.store.numbers.values()) if keep_accounts else []
        self.store.clear()
        self.faults.clear()
        self.courier.clear()
        self.recorder.clear()
        for number in numbers:
            self.store.put_number(number)
        if not keep_accounts:
            for provider in self.providers:
                provider.clear()
        self.store.changes.publish("reset", dict)

    def dump(self) -> dict[str, Any]:
        """The whole state as JSON."""
        providers = {one.name: one.dump() for one in self.providers}
        return {"store": self.store.dump(), "providers": providers}

    def load(self, state: dict[str, Any]) -> None:
        """Take back what :meth:`dump` gave."""
        self.store.load(state["store"])
        for provider in self.providers:
            provider.load(state["providers"].get(provider.name, {}))


def read_state(world: World, path: Path) -> None:
    """Load the state file, if there is one."""
    if path.exists():
        world.load(json.loads(path.read_text()))


def write_state(world: World, path: Path) -> None:
    """Write the state file, whole or not at all, for its owner alone."""
    draft = path.with_suffix(path.suffix + ".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(world.dump()))
    draft.replace(path)
