#pragma once

/// One file of the web page.
struct page_asset {
    /// Relative to `page/`.
    const char *path;
    /// The contents, ended by a zero byte: all files are text.
    const char *text;
};

/// The files one after another; null behind the last.
const struct page_asset *page_asset_at(unsigned long index);
