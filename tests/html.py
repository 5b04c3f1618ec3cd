"""Reading a page the way a browser does, and the laws that every page keeps."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx2

VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})
FOCUSABLE = frozenset({"a", "button", "input", "select", "textarea", "summary"})
FIELDS = frozenset({"input", "select", "textarea"})
NEUTRAL_TITLES = frozenset({"Feedback"})
"""What may stand in a browser's history: the title of the example deployment and nothing else."""


@dataclass(slots=True, eq=False)
class Element:
    """One element: its name, its attributes, what stands in it, and what it stands in."""

    name: str
    attributes: dict[str, str]
    parent: "Element | None" = None
    children: list["Element | str"] = field(default_factory=list)

    def get(self, attribute: str) -> str:
        """Return the value of an attribute, or nothing."""
        return self.attributes.get(attribute, "")

    def all(self, *names: str) -> Iterator["Element"]:
        """Give every element below this one, in the order of the page; of these names, if any."""
        for child in self.children:
            if isinstance(child, Element):
                if not names or child.name in names:
                    yield child
                yield from child.all(*names)

    def with_id(self, value: str) -> "Element":
        """Return the element with this id."""
        return next(element for element in self.all() if element.get("id") == value)

    def inside(self, name: str) -> bool:
        """Return True if this element stands in one of that name."""
        return self.parent is not None and (self.parent.name == name or self.parent.inside(name))

    @property
    def text(self) -> str:
        """All text below this element, with single spaces."""
        pieces = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join(" ".join(pieces).split())


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = self.root
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = Counter(name for name, _ in attrs)
        self.faults += [f"<{tag}> has {name} twice." for name, n in names.items() if n > 1]
        element = Element(tag, {name: value or "" for name, value in attrs}, self.open)
        self.open.children.append(element)
        if tag not in VOID:
            self.open = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.children.append(Element(tag, {n: v or "" for n, v in attrs}, self.open))

    def handle_endtag(self, tag: str) -> None:
        if self.open.name == tag and self.open.parent:
            self.open = self.open.parent
        elif tag != "p" or not self.open.inside("p"):
            self.faults.append(f"</{tag}> closes <{self.open.name}>.")

    def handle_data(self, data: str) -> None:
        self.open.children.append(data)


def parse(html: str) -> Element:
    """Return the root of a page.

    Raises:
        AssertionError: if elements are not closed in order.
    """
    builder = _Builder()
    builder.feed(html)
    builder.close()
    if builder.open is not builder.root:
        builder.faults.append(f"<{builder.open.name}> is not closed.")
    assert not builder.faults, "\n".join(builder.faults)
    return builder.root


def fields_of(form: Element) -> dict[str, list[str]]:
    """Return what a browser would send if nobody touched the form, apart from any button."""
    sent: dict[str, list[str]] = {}
    for element in form.all("input", "textarea", "select"):
        name, kind = element.get("name"), element.get("type")
        if kind in {"radio", "checkbox"} and "checked" not in element.attributes:
            continue
        value = element.get("value") if element.name == "input" else _content(element)
        if name:
            sent.setdefault(name, []).append(value)
    return sent


def check_response(response: httpx2.Response) -> None:
    """Pass if the answer is no page, or a page that keeps every law."""
    said = response.headers
    if "set-cookie" in said:
        faults = cookie_faults(said["set-cookie"], is_https=response.url.scheme == "https")
        assert not faults, faults
    if said.get("content-type", "").startswith("text/html"):
        response.read()
        page = parse(response.text)
        if "hx-request-type" in said.get("vary", "").lower() and not any(page.all("html")):
            return  # The part of a page that a script asked for.
        faults = list(page_faults(page))
        if said.get("referrer-policy") != "same-origin":
            faults += participant_faults(page)
        _check(faults)


def cookie_faults(header: str, *, is_https: bool = True) -> list[str]:
    """Return how a cookie differs from the one that people who sign in may get."""
    pair, *attributes = header.split("; ")
    name, _, value = pair.partition("=")
    wanted = {"Path=/", "HttpOnly", "SameSite=Strict"} | ({"Secure"} if is_https else set())
    said = set(attributes)
    faults = [f"{name} is not the name." for _ in [0] if name != ("__Host-s" if is_https else "s")]
    if said - {"Max-Age=0"} != wanted or len(said) != len(attributes):
        faults.append(f"The attributes are {sorted(said)}.")
    if ("Max-Age=0" in said) == bool(value):
        faults.append("Only a cookie that is taken back is empty.")
    return faults


def participant_faults(page: Element) -> list[str]:
    """Return what a page for people giving feedback has and may not have."""
    scripts = [element.get("src") for element in page.all("script")]
    is_shared = any(link.get("href").endswith("/kiosk") for link in page.all("a"))
    allowed = ["/static/kiosk" if is_shared else "/static/leave"]
    if any(element.get("id") == "keep" for element in page.all("p")):
        allowed.append("/static/keep")
    return [
        f"A participant page loads {script}; only {' and '.join(allowed)} are allowed."
        for script in scripts
        if not script.startswith(tuple(allowed))
    ]


def check_page(html: str) -> None:
    """Pass if the page keeps every law.

    Raises:
        AssertionError: naming every fault.
    """
    _check(list(page_faults(parse(html))))


def _check(faults: list[str]) -> None:
    assert not faults, "The page breaks laws (tests/html.py):\n" + "\n".join(faults)


def page_faults(page: Element) -> Iterator[str]:
    """Give every law the page breaks, in words."""
    yield from _skeleton_faults(page)
    yield from _link_faults(page)
    yield from _field_faults(page)
    yield from _foreign_faults(page)


def _skeleton_faults(page: Element) -> Iterator[str]:
    root = next(page.all("html"), Element("html", {}))
    if not root.get("lang") or root.get("dir") not in {"ltr", "rtl"}:
        yield "<html> needs lang and dir."
    if (count := sum(1 for _ in page.all("h1"))) != 1:
        yield f"There are {count} <h1>; one is needed."
    title = next((element.text for element in page.all("title")), "")
    if title not in NEUTRAL_TITLES:
        yield f"The title {title!r} is not neutral: it stays in the browser's history."
    ids = Counter(element.get("id") for element in page.all() if element.get("id"))
    yield from (f"The id {name} is there {n} times." for name, n in ids.items() if n > 1)
    first = next((e for e in page.all(*FOCUSABLE) if e.get("type") != "hidden"), None)
    if first is None or first.get("id") != "leave" or first.name != "a" or not first.get("href"):
        yield "The first thing that takes the focus must be the link with the id leave."
    for element in page.all("fieldset"):
        if not any(True for _ in element.all("legend")):
            yield f"The fieldset {element.get('id')} has no legend."
    for element in page.all("img"):
        if "alt" not in element.attributes:
            yield f"The picture {element.get('src')} has no alt."


def _link_faults(page: Element) -> Iterator[str]:
    ids = {element.get("id") for element in page.all()}
    for element in page.all():
        wanted = [element.get("for")] if element.name == "label" else []
        wanted += element.get("aria-describedby").split()
        wanted += element.get("aria-labelledby").split()
        if element.get("href").startswith("#"):
            wanted.append(element.get("href")[1:])
        yield from (
            f"<{element.name}> points to {name}, which is not on the page."
            for name in wanted
            if name and name not in ids
        )


def _field_faults(page: Element) -> Iterator[str]:
    labels = {label.get("for") for label in page.all("label")} - {""}
    for element in page.all(*FIELDS):
        named = element.get("aria-label") or element.get("aria-labelledby")
        labelled = element.inside("label") or element.get("id") in labels or named
        if element.get("type") not in {"hidden", "submit"} and not labelled:
            yield f"The field {element.get('name')} has no label."
    for form in page.all("form"):
        if not form.get("action") or form.get("method") not in {"post", "get"}:
            yield "A form needs an action and a method."
    for button in page.all("button"):
        if not button.text:
            yield f"The button {button.get('name')} says nothing."


def _foreign_faults(page: Element) -> Iterator[str]:
    """Give what a strict policy would block, or what would tell somebody else of the visit."""
    for element in page.all():
        if element.name == "style" or "style" in element.attributes:
            yield f"<{element.name}> has inline style."
        if element.name == "script" and (element.text or not element.get("src")):
            yield "There is an inline script."
        yield from (
            f"<{element.name}> has an inline script: {name}."
            for name in element.attributes
            if name.startswith("on")
        )
        address = element.get("src") or (element.get("href") if element.name == "link" else "")
        address = address or element.get("action") or element.get("formaction")
        if address and not address.startswith("data:") and not _is_ours(address):
            yield f"<{element.name}> goes to another site: {address}"
        if element.get("href").strip().lower().startswith("javascript:"):
            yield "A link runs a script."


def _is_ours(address: str) -> bool:
    return address.startswith("/") and not address.startswith("//")


def _content(element: Element) -> str:
    if element.name == "textarea":
        text = "".join(child for child in element.children if isinstance(child, str))
        return text.removeprefix("\n")
    options = list(element.all("option"))
    chosen = [option for option in options if "selected" in option.attributes] or options[:1]
    return chosen[0].get("value") if chosen else ""
