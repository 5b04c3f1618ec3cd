"""The intruder over a folder: reads everything that was released and runs every attack on it."""

import json
from pathlib import Path

from coproduce.core.errors import OperatorError
from coproduce.reports.attack import run_attacks
from coproduce.reports.findings import AttackResult, Finding
from coproduce.reports.parse_back import DOCUMENT, WITHDRAWAL, parse_back
from coproduce.reports.released import Document


def attack_folder(folder: Path) -> AttackResult:
    """Return what the attacks C1, C2, C4, C6 and C10 find in everything below a folder.

    Raises:
        OperatorError: if there is nothing in it, or it needs scipy (the extra `audit`).
    """
    paths = sorted(folder.rglob(DOCUMENT))
    if not paths:
        raise OperatorError(f"There is no {DOCUMENT} in {folder}. Run `coproduce reports export`.")
    documents: list[Document] = []
    damaged: list[Finding] = []
    for path in (*paths, *sorted(folder.rglob(WITHDRAWAL))):
        try:
            documents.append(json.loads(path.read_bytes()))
        except ValueError:
            damaged.append(Finding("C1", path.parent.name, "The document is not JSON."))
    read_back = parse_back(folder)
    try:
        inside = run_attacks(documents)
    except ModuleNotFoundError as error:
        raise OperatorError(
            "These documents add others up. Install scipy to judge them."
        ) from error
    findings = (*damaged, *read_back.findings, *inside.findings)
    return AttackResult(
        findings, {**read_back.figures, **inside.figures, "findings": len(findings)}
    )
