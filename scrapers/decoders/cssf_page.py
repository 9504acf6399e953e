"""Pages of www.cssf.lu to announcements: lists of its library, and the page of one publication.

Belongs here: the marks by which the site's pages are read. Never here: requests, feeds, what a document means.

A list has one row a publication (type, day, title, what it is about); the page of one has the same, its words,
keywords and files. The day is the one that the page writes; neither states an hour.
"""

from __future__ import annotations

from scrapers.charset import read_text
from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, refuse_too_large
from scrapers.decoders.dates import written_day
from scrapers.decoders.feed_items import add_records, canonical, page_fields
from scrapers.html import TooLongError
from scrapers.items import Announcement
from scrapers.listings import LAYOUTS, listing_at, read_rows
from scrapers.pages import TooDeepError, one_line, read_page, read_tree

_LAYOUT = LAYOUTS["cssf-library"]
_ONE = ".single-news__title, .single-news__date, .single-news__top-meta"
_EMPTY = ".documents-count, ul.library-table"
# The page of one publication; ``params.page`` of a source that reads its pages through a feed says the same.
PAGE = {
    "content": [".article-container .main-content", "main"],
    "drop": [".content-header-info", ".related-elements-container"],
    "categories": [".main-category", "ul.keywords a"],
    "documents": [
        ".main-content a.doc-link-title[href]",
        ".main-content .related-element a[download]",
        '.main-content .single-document-links a[href*="/wp-content/uploads/"]',
    ],
}


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Announcements of a list, or the one of a publication's page.

    Raises UnreadableError: not_a_cssf_page, no_words, and what ``read_tree`` raises.
    """
    refuse_too_large(body)
    text, remarks = read_text(body, context.content_type)
    tree = read_tree(text)
    sink = Sink(context, "announcement")
    sink.note_all(remarks)
    if tree.css_first(_ONE) is None:
        found = read_rows(tree, context.url, _LAYOUT)
        is_library = bool(found.items or found.rejected) or tree.css_first(_EMPTY) is not None
        if not is_library:
            raise UnreadableError("not_a_cssf_page", "neither rows of the library nor the page of a publication")
        listing = listing_at(context.url, context.params)
        is_first = listing is None or canonical(listing.url) == canonical(context.url)
        add_records(found, context, sink, "" if listing is None or is_first else listing.url)
        return sink.decoded()
    try:
        page = read_page(text, PAGE)
    except TooLongError as error:
        raise UnreadableError("text_too_long", str(error)) from None
    except TooDeepError as error:
        raise UnreadableError("too_deep", str(error)) from None
    fields = page_fields(page, context)
    if not page.text or not fields["title"]:
        raise UnreadableError("no_words", "the page has no words of its own")
    day = tree.css_first(".single-news__date")
    said = one_line(day.text()) if day is not None else ""
    published = written_day(said)
    if published is None:
        sink.note(f"date {said[:40]!r} is no date" if said else "page without date")
    record = sink.build(Announcement, "page", fields | {"published_at": published})
    if record is not None:
        sink.records.append(record)
    return sink.decoded()
