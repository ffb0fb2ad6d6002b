//! Links that lead nowhere.

use crate::page::{Link, Page};

/// Every relative link of a page whose file or heading is missing.
pub fn broken(page: &Page) -> Vec<String> {
    page.links
        .iter()
        .filter(|link| !link.target.contains("://") && !link.target.starts_with("mailto:"))
        .filter_map(|link| mistake(page, link))
        .collect()
}

fn mistake(page: &Page, link: &Link) -> Option<String> {
    let (file, fragment) = link.target.split_once('#').unwrap_or((&link.target, ""));
    let path = if file.is_empty() {
        page.path.clone()
    } else {
        page.path.parent()?.join(file)
    };
    let place = page.place(link.line);
    if !path.exists() {
        return Some(format!("{place}: {} is not there", link.target));
    }
    if fragment.is_empty()
        || Page::read(&path)
            .anchors
            .iter()
            .any(|anchor| anchor == fragment)
    {
        return None;
    }
    Some(format!("{place}: {} has no such heading", link.target))
}
