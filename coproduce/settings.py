"""The environment, read once into one frozen value. Only `app`, `cli` and `jobs` come here."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError

from coproduce.core.deployment import Deployment, read_deployment
from coproduce.core.errors import OperatorError

PREFIX = "COPRODUCE_"
EXAMPLE_DEPLOYMENT = Path(str(resources.files("coproduce").joinpath("deployment.example.toml")))


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator can set. Each field is the variable of the same name, with the prefix.

    Attributes:
        data: folder of the database, the key file and the backups. Default `./var`.
        database_url: PostgreSQL or SQLite address. Default: SQLite in the data folder.
        key_file: path of the key file. Default: `keys.json` in the data folder.
        deployment: TOML file that says who runs this. Default: the example that comes along.
        languages: offered languages, the deployment's own first. Default `en`.
        public_url: address people type, used on posters and to refuse other hosts.
        trusted_proxies: addresses of proxies whose forwarded address of the visitor is believed.
        alert_command: run when staff should sign in; it gets no content.
        backup_days: days a backup is kept. Default 30.
    """

    data: Path
    database_url: str
    key_file: Path
    deployment: Deployment
    languages: tuple[str, ...]
    public_url: str
    trusted_proxies: tuple[str, ...]
    alert_command: str
    backup_days: int

    @property
    def hosts(self) -> frozenset[str]:
        """Host names this instance answers to; the loopback names are always among them."""
        public = urlsplit(self.public_url).hostname or ""
        return frozenset({public, "127.0.0.1", "localhost", "::1"})


def read_settings(environment: Mapping[str, str], *, data: Path | None = None) -> Settings:
    """Return the settings of the environment.

    Args:
        environment: names and values, such as `os.environ`.
        data: folder given on the command line, instead of COPRODUCE_DATA.

    Raises:
        OperatorError: naming every mistake at once, each with its mend.
    """

    def value(name: str, default: str) -> str:
        return environment.get(PREFIX + name, "").strip() or default

    mistakes: list[str] = []
    known = {PREFIX + name.upper() for name in Settings.__dataclass_fields__}
    mistakes += [
        f"{name} is not a setting. Remove it or correct its name."
        for name in sorted(environment)
        if name.startswith(PREFIX)
        and name not in known
        and not name.startswith(PREFIX + "TEST_")
        and name not in {PREFIX + "PROVE", PREFIX + "BROWSER"}
    ]
    folder = data or Path(value("DATA", "var"))
    languages = tuple(code.strip() for code in value("LANGUAGES", "en").split(",") if code.strip())
    mistakes += [f"{PREFIX}LANGUAGES: {fault}" for fault in _language_faults(languages)]
    public_url = value("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
    if urlsplit(public_url).scheme not in {"http", "https"} or not urlsplit(public_url).hostname:
        mistakes.append(f"{PREFIX}PUBLIC_URL must look like https://feedback.example.org.")
    days = value("BACKUP_DAYS", "30")
    if not days.isdecimal() or not 1 <= int(days) <= 90:
        mistakes.append(f"{PREFIX}BACKUP_DAYS must be a number of days from 1 to 90.")
    url = value("DATABASE_URL", f"sqlite:///{folder.resolve() / 'coproduce.sqlite'}")
    if not url.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
        mistakes.append(f"{PREFIX}DATABASE_URL must start with postgresql:// or sqlite:///.")
    deployment = None
    try:
        deployment = read_deployment(Path(value("DEPLOYMENT", str(EXAMPLE_DEPLOYMENT))))
    except OperatorError as error:
        mistakes.append(f"{PREFIX}DEPLOYMENT: {error}")
    if mistakes or deployment is None:
        raise OperatorError("\n".join(mistakes))
    return Settings(
        data=folder,
        database_url=url,
        key_file=Path(value("KEY_FILE", str(folder / "keys.json"))),
        deployment=deployment,
        languages=languages,
        public_url=public_url,
        trusted_proxies=tuple(
            p.strip() for p in value("TRUSTED_PROXIES", "").split(",") if p.strip()
        ),
        alert_command=value("ALERT_COMMAND", ""),
        backup_days=int(days),
    )


def _language_faults(languages: tuple[str, ...]) -> list[str]:
    faults = [] if languages else ["name at least one language, such as en."]
    for code in languages:
        try:
            Locale.parse(code)
        except (UnknownLocaleError, ValueError):
            faults.append(f"{code} is not a language code. Use codes such as en or ar.")
    return faults
