"""Is a tag where it can do its work: merged cells in loops, emphasised text between runs?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jinja2 import nodes

from document_templates.block_structure import error
from document_templates.findings import Finding
from document_templates.tags import Tag
from tenants.language import _

_RICH_FILTER = "gestaltet"


def merging_findings(tag: Tag, blocks: Sequence[str]) -> Iterator[Finding]:
    """Yield an error for ``{% vm %}`` and ``{% hm %}`` outside of the loop they merge."""
    if tag.word in ("vm", "hm") and "for" not in blocks:
        example = "{%tr for … %}" if tag.word == "vm" else "{%tc for … %}"
        yield error(
            tag,
            _("{tag} verbindet die Zellen einer Schleife und steht in keiner.").format(
                tag=tag.text
            ),
            _("Setzen Sie die Zelle zwischen {example} und ihr Ende.").format(example=example),
        )


def writing_findings(tag: Tag, tree: nodes.Node) -> Iterator[Finding]:
    """Yield an error for emphasised text that is not written as whole runs."""
    if tag.kind != "print":
        return
    if tag.span == "r" and ("}" in tag.text[2:-2] or "%" in tag.text[2:-2]):
        # docxtpl: preparation would cut such a tag at the first of these characters.
        yield error(
            tag,
            _("In {tag} dürfen kein Prozentzeichen und keine Klammer vorkommen.").format(
                tag=tag.text
            ),
        )
    if tag.span != "r" and _is_rich(tree):
        yield error(
            tag,
            _("{tag}: Hervorgehobener Text ersetzt seine ganze Stelle.").format(tag=tag.text[:80]),
            _("Schreiben Sie {example}.").format(example="{{r " + tag.body + " }}"),
        )


def _is_rich(tree: nodes.Node) -> bool:
    output = next(tree.find_all(nodes.Output), None)
    return output is not None and any(
        isinstance(node, nodes.Filter) and node.name == _RICH_FILTER for node in output.nodes
    )
