from coproduce.core.keys import new_keys
from coproduce.core.typed_keys import printed_key, read_typed_key
from coproduce.recovery_sheet import recovery_sheet


def test_the_sheet_holds_both_keys_and_what_losing_them_means() -> None:
    made = new_keys()
    sheet = recovery_sheet(made, "Feedback")

    assert "RECOVERY SHEET of Feedback" in sheet
    printed = [line for line in sheet.splitlines() if line.startswith("  ")]
    assert [read_typed_key(line) for line in printed] == [
        made.recovery_private,
        made.backup_private,
    ]
    assert sheet.index("Reading key") < sheet.index(printed_key(made.recovery_private))
    assert sheet.index("texts that nobody read yet are lost") < sheet.index("Backup key")
    assert sheet.index("Backup key") < sheet.index(printed_key(made.backup_private))
