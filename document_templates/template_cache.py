"""Compiled templates of this process, found by the hash of their published bytes.

A compiled template is immutable and holds no data of a person: tenants that publish the very
same bytes may share it. Jinja's compiled code never leaves the process.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from document_templates.assignment import TemplateSource
from document_templates.cleaning import CleanedDocx
from document_templates.compiling import CompiledTemplate, compile_template
from tenants.storage.tenant_store import TenantStore

CAPACITY = 200


class TemplateCache:
    """The most recently used compiled templates, at most `CAPACITY`."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._compiled: OrderedDict[str, CompiledTemplate] = OrderedDict()
        self._lock = Lock()

    def open(self, store: TenantStore, source: TemplateSource) -> CompiledTemplate:
        """Return the compiled template of ``source``; its bytes are checked by hash.

        Raises the errors of `tenants.storage.objects.ObjectStore.get`.
        """
        with self._lock:
            known = self._compiled.get(source.sha256)
            if known is not None:
                self._compiled.move_to_end(source.sha256)
                return known
        data = store.get(source.object_key, source.object_version, source.sha256)
        compiled = compile_template(CleanedDocx(data, ()))
        with self._lock:
            self._compiled[source.sha256] = compiled
            while len(self._compiled) > self._capacity:
                self._compiled.popitem(last=False)
        return compiled
