"""Turning a page value into HTML with Jinja. Templates see values and reach no database."""

import dataclasses
import secrets
from collections.abc import Callable
from datetime import date
from functools import cache

from babel.dates import format_date
from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup

from coproduce.core.codes import in_groups
from coproduce.core.messages import Message
from coproduce.web.forms import SECRET_FIELDS
from coproduce.web.locales import Language, language
from coproduce.web.parsed_request import ParsedRequest
from coproduce.web.places import places
from coproduce.web.replies import Page
from coproduce.web.static_files import static_url

I18N: type[Extension] | str = "jinja2.ext.i18n"


def render_page(page: Page, asked: ParsedRequest) -> bytes:
    """Return the page, or the part of it that was asked for, as UTF-8 HTML in its language."""
    chosen = language(asked.language)
    template = environment(chosen.code).get_template(page.template)
    values = {field.name: getattr(page, field.name) for field in dataclasses.fields(page)}
    values |= {
        "asked": asked,
        "site": asked.site,
        "language": chosen,
        "languages": [language(code) for code in asked.site.languages],
        "link": linker(asked.prefix),
    }
    if asked.wants_block and page.block:
        context = template.new_context(values)
        next(template.root_render_func(context))  # Runs the imports that stand above the blocks.
        return "".join(template.blocks[page.block](context)).encode()
    html = template.render(values).encode()
    return html + _filler(len(html), page.size_step) if page.size_step else html


def linker(prefix: str) -> Callable[[str], str]:
    """Return a function that keeps the language in front of an address of ours."""
    return lambda path: prefix + path


@cache
def environment(code: str) -> Environment:
    """Return the template environment of one language; compiled templates are kept."""
    chosen = language(code)
    made = Environment(
        loader=PackageLoader("coproduce", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[I18N],
        auto_reload=False,
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(  # type: ignore[attr-defined]
        chosen.texts.gettext, chosen.texts.ngettext, newstyle=True
    )
    made.globals["_"] = made.globals["gettext"] = _gettext_of(chosen)
    made.filters |= filters(chosen)
    made.globals["static_url"] = static_url
    made.globals["places"] = places
    made.globals["secret_fields"] = SECRET_FIELDS
    made.globals["once"] = cache(_called)
    return made


def filters(chosen: Language) -> dict[str, Callable[..., str]]:
    """Return the filters that write values the way people of a language do."""

    def say(message: Message) -> str:
        return chosen.render(message)

    def long_day(day: date) -> str:
        return format_date(day, "d MMMM y", locale=chosen.locale)

    def month(day: date) -> str:
        return format_date(day, "MMMM y", locale=chosen.locale)

    def weekday(name: str) -> str:
        days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        return str(chosen.locale.days["stand-alone"]["wide"][days.index(name)])

    return {
        "say": say,
        "long_day": long_day,
        "month": month,
        "weekday": weekday,
        "in_groups": in_groups,
    }


def _gettext_of(chosen: Language) -> Callable[..., Markup]:
    """Return what Jinja's new style calls gettext; what has no placeholders is looked up once."""

    @cache
    def plain(text: str) -> Markup:
        return Markup(chosen.texts.gettext(text)) % {}  # noqa: S704 - texts are ours

    def gettext(text: str, /, **values: object) -> Markup:
        if values:
            return Markup(chosen.texts.gettext(text)) % values  # noqa: S704 - texts are ours
        return plain(text)

    return gettext


def _called(macro: Callable[..., str], *values: object) -> str:
    """Return what a macro makes of values that come from us and never from a visitor.

    Templates call it as ``once``: what is the same for everybody is made once for each language.
    """
    return macro(*values)


def _filler(length: int, step: int) -> bytes:
    """Return a comment that fills the page up to a multiple of ``step`` bytes."""
    empty = len(b"<!---->")
    missing = -(length + empty) % step
    return f"<!--{secrets.token_hex(missing // 2 + 1)[:missing]}-->".encode()
