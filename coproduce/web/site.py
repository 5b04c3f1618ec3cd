"""What is the same for every request of one running instance."""

from dataclasses import dataclass, field

from coproduce.core.deployment import Deployment
from coproduce.core.keys import Keys
from coproduce.web.room import Room


@dataclass(frozen=True, slots=True, repr=False)
class Site:
    """One instance, as views and templates may know it.

    Attributes:
        keys: the secrets of the deployment.
        deployment: who runs it and whom to turn to.
        languages: codes of the offered languages, the deployment's own first.
        public_url: address people type, without a slash at the end.
        hosts: host names this instance answers to.
        trusted_proxies: addresses whose word on the visitor's address is believed.
        is_demonstration: True if everything in it is invented.
        room: how much room is left for what people send.
    """

    keys: Keys
    deployment: Deployment
    languages: tuple[str, ...]
    public_url: str
    hosts: frozenset[str]
    trusted_proxies: tuple[str, ...] = ()
    is_demonstration: bool = False
    room: Room = field(default_factory=Room)
