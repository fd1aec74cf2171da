//! Sections as one HTML file that asks nobody for anything.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::receipt::Told;
use crate::section::{Cell, Chart, Section, Table};

const CHARTS: &str = include_str!("../assets/charts.min.js");
const PAGE: &str = include_str!("../assets/page.js");
const STYLE: &str = include_str!("../assets/page.css");

/// Everything that is on the page.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) title: String,
    /// Under the title.
    pub(crate) subtitle: String,
    pub(crate) receipts: Vec<Told>,
    /// What the page holds and what not, a paragraph each.
    pub(crate) contents: Vec<String>,
    pub(crate) files: Table,
    pub(crate) sections: Vec<Section>,
    /// Who made it, and when.
    pub(crate) footer: String,
}

/// A text of which nothing is read as HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// JSON in which nothing ends the script that it stands in: such characters stand in texts only, where JSON has another
/// spelling for them.
fn script_json(value: &Value) -> String {
    let text = value.to_string();
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a String cannot fail.
                let _ = write!(safe, "\\u{:04x}", u32::from(character));
            }
            _ => safe.push(character),
        }
    }
    safe
}

/// How a policy names a script that may run.
fn digest(script: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script.as_bytes())))
}

impl Page {
    /// The page as HTML.
    pub(crate) fn html(&self) -> String {
        let mut out = String::with_capacity(CHARTS.len() + (1 << 18));
        // Writing to a String cannot fail, here and below.
        let _ = write!(
            out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src {} {}; style-src 'unsafe-inline'; \
             img-src data:; base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
             <title>{}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
            digest(CHARTS),
            digest(PAGE),
            escape(&self.title)
        );
        let _ = writeln!(
            out,
            "<header><h1>{}</h1><p class=\"soft\">{}</p></header>\n<main>",
            escape(&self.title),
            escape(&self.subtitle)
        );
        self.receipts_to(&mut out);
        self.contents_to(&mut out);
        let mut charts = Map::new();
        for (place, section) in self.sections.iter().enumerate() {
            section_to(&mut out, place, section, &mut charts);
        }
        let _ = writeln!(
            out,
            "</main>\n<footer><p class=\"note\">{}</p></footer>\n\
             <noscript><p>The charts need JavaScript; every figure of them is in the tables.</p></noscript>\n\
             <script type=\"application/json\" id=\"charts\">{}</script>\n<script>{CHARTS}</script>\n<script>{PAGE}</script>\n</body>\n</html>",
            escape(&self.footer),
            script_json(&Value::Object(charts))
        );
        out
    }

    fn receipts_to(&self, out: &mut String) {
        if self.receipts.is_empty() {
            out.push_str(
                "<section id=\"receipt\"><h2>Is everything there?</h2><div class=\"state unknown\"><p><strong>Not known: there is no \
                 receipt.</strong></p><p>Whether this is all of what was asked for, only the receipt of the extract says \
                 (<code>--receipt</code>).</p></div></section>\n",
            );
        }
        for (place, told) in self.receipts.iter().enumerate() {
            let id = if place == 0 { "receipt".to_owned() } else { format!("receipt-{}", place + 1) };
            let class = if told.complete { "complete" } else { "partial" };
            let _ = write!(
                out,
                "<section id=\"{id}\"><h2>Is everything there?</h2>\n<div class=\"state {class}\"><p><strong>{}</strong></p>",
                escape(&told.headline)
            );
            if !told.missing.is_empty() {
                out.push_str("<p>What is missing, and why:</p><ul>");
                for (words, said) in &told.missing {
                    let _ = write!(out, "<li>{}", escape(words));
                    if let Some(said) = said {
                        let _ = write!(out, "<br><span class=\"note\">{}</span>", escape(said));
                    }
                    out.push_str("</li>");
                }
                out.push_str("</ul>");
            }
            out.push_str("</div>\n");
            list_to(out, "To be known:", &told.warnings);
            for words in &told.words {
                let _ = writeln!(out, "<p>{}</p>", escape(words));
            }
            out.push_str("<details><summary>What was asked, and of whom</summary><dl>");
            for (name, value) in &told.facts {
                let _ = write!(out, "<dt>{}</dt><dd>{}</dd>", escape(name), escape(value));
            }
            out.push_str("</dl></details></section>\n");
        }
    }

    fn contents_to(&self, out: &mut String) {
        out.push_str("<section id=\"contents\"><h2>What this page holds</h2>\n");
        table_to(out, &self.files);
        for words in &self.contents {
            let _ = writeln!(out, "<p>{}</p>", escape(words));
        }
        out.push_str("<nav aria-label=\"Sections\"><ul>");
        for (place, section) in self.sections.iter().enumerate() {
            let _ = write!(out, "<li><a href=\"#s{place}\">{}</a></li>", escape(&section.title));
        }
        out.push_str("</ul></nav></section>\n");
    }
}

fn list_to(out: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = write!(out, "<p>{title}</p><ul>");
    for line in lines {
        let _ = write!(out, "<li>{}</li>", escape(line));
    }
    out.push_str("</ul>\n");
}

fn section_to(out: &mut String, place: usize, section: &Section, charts: &mut Map<String, Value>) {
    let _ = writeln!(out, "<section id=\"s{place}\"><h2>{}</h2>", escape(&section.title));
    for words in &section.words {
        let _ = writeln!(out, "<p>{}</p>", escape(words));
    }
    let several = section.charts.len() > 1 || section.charts.iter().any(|chart| chart.title.is_some());
    if several {
        out.push_str("<div class=\"several\">\n");
    }
    for (number, chart) in section.charts.iter().enumerate() {
        let id = format!("c{place}-{number}");
        chart_to(out, &id, section, chart);
        charts.insert(id.clone(), drawing(&id, chart));
    }
    if several {
        out.push_str("</div>\n");
    }
    for table in &section.tables {
        details_to(out, table);
    }
    out.push_str("</section>\n");
}

fn chart_to(out: &mut String, id: &str, section: &Section, chart: &Chart) {
    out.push_str("<figure>");
    if let Some(title) = &chart.title {
        let _ = write!(out, "<h3>{}</h3>", escape(title));
    }
    let title = chart.title.as_ref().unwrap_or(&section.title);
    let _ = write!(
        out,
        "<div class=\"chart\" id=\"{id}\" role=\"img\" aria-label=\"{}. {}\"></div><figcaption>{}</figcaption>",
        escape(title),
        escape(&chart.words),
        escape(&chart.words)
    );
    details_to(out, &chart.table);
    out.push_str("</figure>\n");
}

/// What the script gets of a chart. The map of a chart is called as the chart.
fn drawing(id: &str, chart: &Chart) -> Value {
    let drawing = &chart.drawing;
    let mut option = drawing.option.clone();
    if drawing.map.is_some() {
        option["geo"]["map"] = json!(id);
        option["series"][0]["map"] = json!(id);
    }
    json!({
        "option": option, "wide": drawing.wide, "narrow": drawing.narrow, "height": drawing.height, "aspect": drawing.aspect,
        "map": drawing.map, "squares": drawing.squares,
    })
}

fn details_to(out: &mut String, table: &Table) {
    if table.rows.is_empty() {
        return;
    }
    let _ = write!(out, "<details><summary>Figures: {}</summary>", escape(&table.caption));
    table_to(out, table);
    out.push_str("</details>\n");
}

fn table_to(out: &mut String, table: &Table) {
    out.push_str("<div class=\"scroll\" tabindex=\"0\"><table>");
    if !table.caption.is_empty() {
        let _ = write!(out, "<caption>{}</caption>", escape(&table.caption));
    }
    out.push_str("<thead><tr>");
    let is_number = |column: usize| {
        table.rows.first().and_then(|row| row.get(column)).is_some_and(|cell| matches!(cell, Cell::Number(_)))
    };
    for (column, name) in table.head.iter().enumerate() {
        let class = if is_number(column) { " class=\"number\"" } else { "" };
        let _ = write!(out, "<th scope=\"col\"{class}>{}</th>", escape(name));
    }
    out.push_str("</tr></thead><tbody>");
    for row in &table.rows {
        out.push_str("<tr>");
        for cell in row {
            let _ = match cell {
                Cell::Text(text) => write!(out, "<td>{}</td>", escape(text)),
                Cell::Number(text) => write!(out, "<td class=\"number\">{}</td>", escape(text)),
            };
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_read_as_html_or_ends_a_script() {
        assert_eq!(escape("<b a='1' b=\"2\">&"), "&lt;b a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;");
        let json = script_json(&json!({ "name": "</script><script>alert(1)</script><!-- \u{2028} &amp;" }));
        assert!(!json.contains(['<', '>', '&', '\u{2028}']), "{json}");
        let back: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(back["name"], "</script><script>alert(1)</script><!-- \u{2028} &amp;");
    }

    #[test]
    fn the_scripts_of_the_page_can_stand_in_it() {
        for script in [CHARTS, PAGE] {
            let lower = script.to_lowercase();
            assert!(!lower.contains("</script") && !lower.contains("<!--"));
            assert!(!lower.contains("eval("));
        }
    }
}
