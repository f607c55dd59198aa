"""Reading rendered manifests: typed access by path, and the pods that they start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tools.chart_check import Json, Manifest, Values


def value_at(content: Values, *path: str) -> Json:
    """Return what lies at ``path``; a missing key is None all the way down."""
    value: Json = content
    for key in path:
        if value is None:
            return None
        assert isinstance(value, dict), f"{key} is asked of {value!r}"
        value = value.get(key)
    return value


def mapping_at(content: Values, *path: str) -> Values:
    """Return the mapping at ``path``; empty if there is none."""
    value = value_at(content, *path)
    assert value is None or isinstance(value, dict), f"{path}: {value!r} is no mapping"
    return value or {}


def mappings_at(content: Values, *path: str) -> list[Values]:
    """Return the list of mappings at ``path``; empty if there is none."""
    value = value_at(content, *path)
    assert value is None or isinstance(value, list), f"{path}: {value!r} is no list"
    found = []
    for item in value or []:
        assert isinstance(item, dict), f"{path}: {item!r} is no mapping"
        found.append(item)
    return found


def text_at(content: Values, *path: str) -> str:
    """Return the text at ``path``."""
    value = value_at(content, *path)
    assert isinstance(value, str), f"{path}: {value!r} is no text"
    return value


def number_at(content: Values, *path: str) -> int:
    """Return the whole number at ``path``."""
    value = value_at(content, *path)
    assert isinstance(value, int), f"{path}: {value!r} is no number"
    return value


def of_kind(manifests: Iterable[Manifest], kind: str) -> list[Manifest]:
    """Return the manifests of one kind; there has to be one, or a test would check nothing."""
    found = [manifest for manifest in manifests if manifest.kind == kind]
    assert found, f"no {kind} was rendered"
    return found


def named(manifests: Iterable[Manifest], kind: str, suffix: str) -> Manifest:
    """Return the one manifest of a kind whose name ends in ``suffix``."""
    found = [item for item in of_kind(manifests, kind) if item.name.endswith(suffix)]
    assert len(found) == 1, f"{kind} …{suffix}: {[item.name for item in found]}"
    return found[0]


@dataclass(frozen=True, slots=True)
class Pod:
    """The pod that a Deployment or a Job starts."""

    owner: Manifest

    @property
    def labels(self) -> Values:
        """The labels that selectors see."""
        return mapping_at(self.owner.content, "spec", "template", "metadata", "labels")

    @property
    def component(self) -> str:
        """``web``, ``worker``, ``dispatcher`` or ``migration``."""
        return str(self.labels["app.kubernetes.io/component"])

    @property
    def spec(self) -> Values:
        """The pod's specification."""
        return mapping_at(self.owner.content, "spec", "template", "spec")

    @property
    def containers(self) -> list[Values]:
        """Every container, those that run first included."""
        return [
            *mappings_at(self.spec, "initContainers"),
            *mappings_at(self.spec, "containers"),
        ]

    def environment(self) -> dict[str, Values]:
        """Return the variables of the only container by name."""
        (container,) = self.containers
        return {text_at(item, "name"): item for item in mappings_at(container, "env")}


def pods(manifests: Iterable[Manifest]) -> Iterator[Pod]:
    """Yield the pods of all Deployments and Jobs."""
    for manifest in manifests:
        if mapping_at(manifest.content, "spec", "template", "spec"):
            yield Pod(manifest)


def selects(selector: Values, labels: Values) -> bool:
    """Whether a selector of ``matchLabels`` alone takes in an object with ``labels``."""
    assert set(selector) <= {"matchLabels"}, f"not understood here: {selector}"
    wanted = mapping_at(selector, "matchLabels")
    return all(labels.get(key) == value for key, value in wanted.items())
