"""HTML becomes the Markdown that articles are written in."""

from __future__ import annotations

import pytest

pytest.importorskip("markdownify")

from bot.kb.importing.convert import Conversion, convert


def converted(html: str, *, title: str = "Title", links: dict[str, str] | None = None) -> Conversion:
    return convert(html, title=title, link=(links or {}).get)


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h2>A</h2><ol><li>Open <b>x</b>.</li><li>y</li></ol>", "## A\n\n1. Open **x**.\n2. y"),
        ("<h2>A</h2><ul><li>x<ul><li>y</li></ul></li></ul>", "## A\n\n- x\n  - y"),
        ("<h2>A</h2><p>a <em>b</em> <i>c</i> <u>d</u> <s>e</s></p>", "## A\n\na b c d e"),
        ("<h2>A</h2><p>snake_case * star</p>", "## A\n\nsnake_case * star"),
        ("<h2>A</h2><p>a&nbsp;b</p>", "## A\n\na b"),
        ("<h2>A</h2><p><code>ipconfig</code></p>", "## A\n\n`ipconfig`"),
        ("<h2>A</h2><pre>one\n  two</pre>", "## A\n\n```\none\n  two\n```"),
        ("<h2><strong>A</strong></h2><p>b</p>", "## A\n\nb"),
        ("<h2> </h2><h2>A</h2><p>b</p>", "## A\n\nb"),
        ("<p>only text</p>", "## Title\n\nonly text"),
        ("<h1>title</h1><h3>A</h3><p>b</p>", "## A\n\nb"),
        ("<script>x</script><style>y</style><h2>A</h2><form>z</form><p>b</p>", "## A\n\nb"),
        ("<h2>A</h2><!-- hidden --><p>b</p>", "## A\n\nb"),
        (
            "<h2>A</h2><table><tr><th>x</th><th>y</th></tr><tr><td>1</td><td>2</td></tr></table>",
            "## A\n\n| x | y |\n| --- | --- |\n| 1 | 2 |",
        ),
    ],
)
def test_markup(html: str, markdown: str) -> None:
    assert converted(html).markdown == markdown


def test_headings_start_at_the_second_level_and_leave_none_out() -> None:
    html = "<h1>One</h1><p>a</p><h4>Two</h4><p>b</p><h4>Three</h4><p>c</p><h2>Four</h2><p>d</p><h1>Five</h1><p>e</p>"
    headings = [line for line in converted(html).markdown.splitlines() if line.startswith("#")]
    assert headings == ["## One", "### Two", "### Three", "### Four", "## Five"]


@pytest.mark.parametrize(
    ("anchor", "markdown"),
    [
        ('<a href="other.html">x</a>', "[x](the-other.md)"),
        ('<a href="https://x.example/a">x</a>', "[x](https://x.example/a)"),
        ('<a href="mailto:a@x.example">x</a>', "[x](mailto:a@x.example)"),
        (
            '<a href="https://x.example/" title="t">https://x.example/</a>',
            "[https://x.example/](https://x.example/)",
        ),
        ('<a href="gone.html">x</a>', "x"),
        ('<a href="javascript:alert(1)">x</a>', "x"),
        ('<a href="#top">x</a>', "x"),
        ('<a href="http://[x">x</a>', "x"),
        ("<a>x</a>", "x"),
        ('<a href="https://x.example"></a>after', "after"),
    ],
)
def test_links(anchor: str, markdown: str) -> None:
    assert (
        converted(f"<h2>A</h2><p>{anchor}</p>", links={"other.html": "the-other"}).markdown
        == f"## A\n\n{markdown}"
    )


@pytest.mark.parametrize(
    ("image", "markdown", "pictures"),
    [
        ('<img src="https://x.example/a.png" alt="the lock">', "![the lock](https://x.example/a.png)", []),
        ('<img src="attachments/1/a%20b.png?v=1">', "(picture: a b.png)", ["a b.png"]),
        ('<img src="a.png" alt="the lock">', "(picture: the lock)", ["the lock"]),
        ('<img src="data:image/png;base64,AAAA">x', "x", ["without a name"]),
        ('<img class="emoticon" src="smile.svg" alt="(smile)">', "(smile)", []),
    ],
)
def test_pictures(image: str, markdown: str, pictures: list[str]) -> None:
    found = converted(f"<h2>A</h2><p>{image}</p>")
    assert (found.markdown, found.pictures) == (f"## A\n\n{markdown}", pictures)
