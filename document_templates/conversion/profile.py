"""The hardened user profile that every office process starts with.

Each entry answers something a hostile or careless DOCX could ask for. Blocking untrusted
referers alone stops linked pictures (measured: no request, where the default profile sends
GET and OPTIONS); the rest is the second and third wall.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr


class Setting(NamedTuple):
    """One registry entry: where it stands, what it is called, its value."""

    path: str
    name: str
    value: str


_COMMON = "/org.openoffice.Office.Common"
_SECURITY = f"{_COMMON}/Security/Scripting"
_INTERNET = "/org.openoffice.Inet/Settings"

SETTINGS = (
    # Nothing a document links to is loaded, and nothing in it is run.
    Setting(_SECURITY, "BlockUntrustedRefererLinks", "true"),
    Setting(_SECURITY, "DisableActiveContent", "true"),
    Setting(_SECURITY, "DisableMacrosExecution", "true"),
    Setting(_SECURITY, "MacroSecurityLevel", "3"),
    Setting(_SECURITY, "DisableOLEAutomation", "true"),
    Setting("/org.openoffice.Office.Writer/Content/Update", "Link", "0"),
    Setting("/org.openoffice.Office.Calc/Content/Update", "Link", "0"),
    # Should anything still ask for an address, its proxy is a port that nobody serves.
    Setting(_INTERNET, "ooInetProxyType", "2"),
    Setting(_INTERNET, "ooInetHTTPProxyName", "127.0.0.1"),
    Setting(_INTERNET, "ooInetHTTPProxyPort", "9"),
    Setting(_INTERNET, "ooInetHTTPSProxyName", "127.0.0.1"),
    Setting(_INTERNET, "ooInetHTTPSProxyPort", "9"),
    Setting(_INTERNET, "ooInetNoProxy", ""),
    # No Java, no recovery files, no update check, no telemetry, no first-start questions.
    Setting("/org.openoffice.Office.Java/VirtualMachine", "Enable", "false"),
    Setting("/org.openoffice.Office.Recovery/AutoSave", "Enabled", "false"),
    Setting("/org.openoffice.Office.Recovery/RecoveryInfo", "Enabled", "false"),
    Setting(f"{_COMMON}/Misc", "CollectUsageInformation", "false"),
    Setting(f"{_COMMON}/Misc", "CrashReport", "false"),
    Setting(f"{_COMMON}/Misc", "FirstRun", "false"),
    Setting(f"{_COMMON}/Save/Document", "CreateBackup", "false"),
    Setting(f"{_COMMON}/History", "PickListSize", "0"),
    # Dates, decimal commas and hyphenation as in Germany, whatever the machine's locale.
    Setting("/org.openoffice.Setup/L10N", "ooSetupSystemLocale", "de-DE"),
    Setting("/org.openoffice.Office.Linguistic/General", "DefaultLocale", "de-DE"),
)


def write_profile(directory: Path) -> None:
    """Write the hardened profile into ``directory``, which is made for it.

    Raises ``OSError`` when the directory cannot be written.
    """
    user = directory / "user"
    user.mkdir(parents=True, mode=0o700)
    (user / "registrymodifications.xcu").write_text(registry_modifications(), encoding="utf-8")


def registry_modifications() -> str:
    """Return the registry file that holds :data:`SETTINGS`."""
    items = "".join(
        f"<item oor:path={quoteattr(setting.path)}>"
        f'<prop oor:name={quoteattr(setting.name)} oor:op="fuse">'
        f"<value>{escape(setting.value)}</value></prop></item>\n"
        for setting in SETTINGS
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
        f"{items}</oor:items>\n"
    )
