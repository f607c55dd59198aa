"""LIESMICH.txt of an evidence package: what lies in it and how anybody checks it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from document_templates.verification_codes import spaced
from tenants.language import _

BERLIN = ZoneInfo("Europe/Berlin")

_INTRODUCTION = _("""\
NACHWEIS ZUM DOKUMENT {number}, FASSUNG {version}

Gesiegelt von {sealed_by} am {sealed_at}.
Prüfcode: {code}

Dieses Paket beweist ohne das Programm, aus dem es stammt, dass die Datei dokument.pdf
von dieser Stelle kommt, seither unverändert ist und an ihrem Platz im Register steht.
Sie brauchen dazu nur Werkzeuge, die es für jedes Betriebssystem frei gibt.

INHALT

  dokument.pdf                  das gesiegelte Dokument
  angaben.json                  der Eintrag im Register, in Worten
  registereintrag.json          derselbe Eintrag, Byte für Byte so, wie er in die Prüfsummen eingeht
  zertifikate/siegel.pem        die Zertifikate der Siegel und Unterschriften in der PDF-Datei
  zertifikate/vertrauensanker.pem  die Zertifizierungsstellen, denen die Plattform vertraut
""")
_SEALED_CONTENTS = _("""\
  einschluss.json               beweist, dass der Eintrag zur Tageswurzel gehört
  tageswurzel.json              die eine Prüfsumme über alle Einträge des Tages ({day})
  tageswurzel.p7s               das Siegel der Stelle darauf (CMS, RFC 5652)
""")
_STAMPED_CONTENTS = _("""\
  tageswurzel.tst               der Zeitstempel eines Vertrauensdienstes darauf (RFC 3161)
""")
_LATER_STAMP_CONTENTS = _("""\
  dokument-mit-zeitstempel.pdf  dasselbe Dokument mit einem späteren Zeitstempel
""")
_LATER_STAMP = _("""
   dokument-mit-zeitstempel.pdf beginnt mit genau den Bytes von dokument.pdf; angehängt ist nur der
   Zeitstempel eines Vertrauensdienstes, mit dem das Siegel auch nach dem Ende seines Zertifikats
   prüfbar bleibt. Ihre Prüfsumme:
   {stamped_sha256}

   cmp -n $(wc -c < dokument.pdf) dokument.pdf dokument-mit-zeitstempel.pdf && echo gleich
""")
_FILE = _("""
1. IST ES DIESELBE DATEI?

   sha256sum dokument.pdf          (Windows: certutil -hashfile dokument.pdf SHA256)

   muss ergeben: {pdf_sha256}
   Derselbe Wert steht in registereintrag.json unter "pdf".

2. STIMMT DAS SIEGEL?

   pdfsig dokument.pdf             (aus poppler-utils; auch jedes PDF-Programm zeigt es)

   Der SHA-256-Fingerabdruck des Zertifikats muss sein:
   {certificate_sha256}

   openssl x509 -in zertifikate/siegel.pem -noout -subject -issuer -fingerprint -sha256

   Vergleichen Sie den Vertrauensanker mit einer Quelle, der Sie trauen: Was in diesem Paket
   liegt, kann sich nicht selbst beglaubigen.
""")
_TREE = _("""
3. STEHT DER EINTRAG IM REGISTER DES TAGES?

   Die Tageswurzel ist die Wurzel eines Merkle-Baums nach RFC 9162, Abschnitt 2.1, mit SHA-256:
   Ein Blatt ist SHA-256(0x00 ‖ registereintrag.json), ein Knoten SHA-256(0x01 ‖ links ‖ rechts).
   Mit Python, in diesem Verzeichnis:

   python3 - <<'ENDE'
   import hashlib, json
   h = lambda *t: hashlib.sha256(b"".join(t)).digest()
   p = json.load(open("einschluss.json", encoding="utf-8"))
   w = h(b"\\x00", open("registereintrag.json", "rb").read())
   i, n = p["index"], p["einträge"] - 1
   for s in map(bytes.fromhex, p["hashes"]):
       if i % 2 or i == n:
           w = h(b"\\x01", s, w)
           while i % 2 == 0 and i: i, n = i >> 1, n >> 1
       else:
           w = h(b"\\x01", w, s)
       i, n = i >> 1, n >> 1
   print(n == 0 and w.hex() == json.load(open("tageswurzel.json"))["root"])
   ENDE

   muss ergeben: True

4. WER BÜRGT FÜR DIE TAGESWURZEL?

   openssl cms -verify -binary -inform DER -in tageswurzel.p7s -content tageswurzel.json \\
     -CAfile zertifikate/vertrauensanker.pem -purpose any -no_check_time -out /dev/null

   muss ergeben: „CMS Verification successful“.
""")
_STAMPED = _("""
   openssl ts -verify -token_in -in tageswurzel.tst -data tageswurzel.json \\
     -CAfile ZERTIFIKAT-DES-VERTRAUENSDIENSTES.pem

   muss ergeben: „Verification: OK“. Der Zeitstempel sagt, seit wann es die Tageswurzel gibt:
   openssl ts -reply -token_in -in tageswurzel.tst -text
""")
_NOT_STAMPED = _("""
   Ein Zeitstempel eines Vertrauensdienstes liegt nicht bei: Die Stelle hat keinen eingerichtet.
   Für den Zeitpunkt bürgt sie deshalb allein, mit ihrem Siegel.
""")
_NOT_YET = _("""
3. TAGESWURZEL

   Das Register dieses Tages wird in der kommenden Nacht gesiegelt. Laden Sie das Paket morgen
   noch einmal herunter, dann liegt der Beweis bei, dass der Eintrag dazu gehört.
""")


@dataclass(frozen=True, slots=True)
class Contents:
    """What the text says of a package."""

    number: str
    version: int
    sealed_by: str
    sealed_at: datetime
    code: str
    day: date | None
    """Of the root that covers it, None if it is still to be sealed."""
    stamped_sha256: str
    """Of the file with its last later time stamp, empty if there is none."""
    has_timestamp: bool
    pdf_sha256: str
    certificate_sha256: str


def read_me(contents: Contents) -> str:
    """Return the text."""
    parts = [
        _INTRODUCTION.format(
            number=contents.number,
            version=contents.version,
            sealed_by=contents.sealed_by,
            sealed_at=contents.sealed_at.astimezone(BERLIN).strftime("%d.%m.%Y um %H:%M Uhr"),
            code=spaced(contents.code),
        )
    ]
    if contents.stamped_sha256:
        parts.append(_LATER_STAMP_CONTENTS)
    if contents.day is not None:
        parts.append(_SEALED_CONTENTS.format(day=contents.day.strftime("%d.%m.%Y")))
    if contents.has_timestamp:
        parts.append(_STAMPED_CONTENTS)
    parts.append(
        _FILE.format(pdf_sha256=contents.pdf_sha256, certificate_sha256=contents.certificate_sha256)
    )
    if contents.stamped_sha256:
        parts.append(_LATER_STAMP.format(stamped_sha256=contents.stamped_sha256))
    if contents.day is None:
        parts.append(_NOT_YET)
    else:
        parts += [_TREE, _STAMPED if contents.has_timestamp else _NOT_STAMPED]
    return "".join(str(part) for part in parts)
