"""The recovery sheet: two private keys on paper, and nowhere else."""

from coproduce.core.keys import NewKeys
from coproduce.core.typed_keys import printed_key


def recovery_sheet(made: NewKeys, title: str) -> str:
    """Return the sheet as text, to be printed and then locked away."""
    return "\n".join(
        [
            "",
            f"RECOVERY SHEET of {title}. Print it now, lock it away, and clear this screen.",
            "These two keys are stored nowhere else.",
            "",
            "Reading key: lets the first moderator in, and one who lost their passphrase while",
            "nobody else can open texts. Type it on the page Team.",
            "Lost, and every passphrase too: texts that nobody read yet are lost, nothing else.",
            f"  {printed_key(made.recovery_private)}",
            "",
            "Backup key: opens backups. Lost: backups cannot be restored.",
            f"  {printed_key(made.backup_private)}",
            "",
        ]
    )
