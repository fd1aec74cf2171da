//! Pages of `dhis2 report` in a real Chromium: charts are drawn, nothing complains, nothing is asked for. Pictures and prints are kept
//! in `target/tmp/report`.

mod browser;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use browser::{Browser, chromium};
use dhis2::frame::write_frame;
use dhis2::polars::frame::DataFrame;
use dhis2::report::{Report, ReportOptions, report};
use dhis2::{DataValueQuery, Dhis2, Error, EventColumns, EventQuery, Format, ProgramQuery};
use dhis2_tests::served::{RUNTIME, Served};
use serde_json::{Value, json};
use tempfile::TempDir;

const ROOT: &str = "KdK92fYEfTw";
const MONTHLY: &str = "pPqq629bfL1";
const ANC: &str = "T4KUa2dgu2M";

/// Wide enough for a desk, and a small phone.
const WIDTHS: [u32; 2] = [1280, 360];

/// Where pictures are kept.
fn kept() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report");
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Metadata, data values (all, and what the clerk may see of them), a program whole and its events, of a simulated server.
struct Extracts {
    folder: TempDir,
}

static EXTRACTS: LazyLock<Extracts> = LazyLock::new(|| {
    let served = Served::of_line("2.42");
    let folder = TempDir::new().unwrap();
    for name in ["metadata", "values", "clerk", "program", "events"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    let path = |name: &str| folder.path().join(name);
    let client = served.client();
    RUNTIME.block_on(async {
        for (name, list) in metadata(&client).await.unwrap() {
            write_frame(&list, &path(&format!("metadata/{name}.parquet")), Format::Parquet).unwrap();
        }
        let query =
            || DataValueQuery::builder().data_sets([MONTHLY]).dates("2023-01-01", "2024-06-30").include_children(true);
        let mut values = client.extract_data_values(&query().org_units([ROOT]).build().unwrap()).await.unwrap();
        values.write(&path("values/values.parquet")).unwrap();
        values.receipt.write(&path("values/values.receipt.json")).unwrap();

        let region = served.country.region_of_the_clerk();
        let forbidden = *served.country.children(ROOT).iter().find(|unit| **unit != region).unwrap();
        let both = query().org_units([region, forbidden]).build().unwrap();
        let mut part = served.clerk().extract_data_values(&both).await.unwrap();
        part.write(&path("clerk/values.csv")).unwrap();
        part.receipt.write(&path("clerk/values.receipt.json")).unwrap();

        let query = ProgramQuery::builder().program(ANC).org_unit_parents([ROOT]).build().unwrap();
        let mut all = client.tracker().everything(&query).await.unwrap();
        all.write(&path("program"), Format::Parquet).unwrap();
        all.receipt.write(&path("program/receipt.json")).unwrap();

        let query =
            EventQuery::builder().program(ANC).org_unit_parents([ROOT]).columns(EventColumns::Rich).build().unwrap();
        let mut events = client.extract_events(&query).await.unwrap();
        events.write(&path("events/events.ndjson")).unwrap();
    });
    Extracts { folder }
});

async fn metadata(client: &Dhis2) -> Result<[(&'static str, DataFrame); 5], Error> {
    Ok([
        ("organisation-units", client.get_organisation_units(None, &[]).await?),
        ("data-elements", client.get_data_elements(&[]).await?),
        ("data-sets", client.get_datasets(&[]).await?),
        ("program-stages", client.get_program_stages(&[]).await?),
        ("relationship-types", client.get_relationship_types(&[]).await?),
    ])
}

/// The page about one of the extracts, in a file.
fn page(of: &str) -> (Report, PathBuf) {
    let folder = EXTRACTS.folder.path();
    let options = ReportOptions { metadata: Some(folder.join("metadata")), ..ReportOptions::default() };
    let page = report(&folder.join(of), &options).unwrap();
    let file = kept().join(format!("{}.html", of.replace(['/', '.'], "-")));
    page.write(&file).unwrap();
    (page, file)
}

/// A browser, and the folder that it lives in; nothing where there is none.
fn browser() -> Option<(Browser, TempDir)> {
    let program = chromium()?;
    let folder = TempDir::new().unwrap();
    Some((Browser::start(&program, folder.path()), folder))
}

/// Of each chart: how many shapes it has, how many texts, and the texts that do not lie within it.
const CHARTS: &str = "[...document.querySelectorAll('.chart')].map(chart => {
    const box = chart.getBoundingClientRect();
    const inside = text => {
        const at = text.getBoundingClientRect();
        return at.left > box.left - 2 && at.right < box.right + 2 && at.top > box.top - 2 && at.bottom < box.bottom + 2;
    };
    const texts = [...chart.querySelectorAll('svg text')];
    return {
        id: chart.id, width: box.width, said: chart.getAttribute('aria-label'), shapes: chart.querySelectorAll('svg path').length,
        texts: texts.length, cut: texts.filter(text => !inside(text)).map(text => text.textContent),
    };
})";

/// What the page says of itself.
const SELF: &str = "Object.assign({}, document.documentElement.dataset)";

fn assert_sound(browser: &mut Browser, page: &Report, what: &str) {
    let charts = page.summary.sections.iter().map(|section| section.charts).sum::<usize>();
    let said = browser.evaluate(SELF);
    assert_eq!(said, json!({ "charts": charts.to_string(), "problems": "0", "requests": "0" }), "{what}");
    assert_eq!(browser.complaints(), [] as [String; 0], "{what}");
    let requests = browser.requests();
    assert!(requests.len() == 1 && requests[0].starts_with("file:///"), "{what}: {requests:?}");
    let drawn = browser.evaluate(CHARTS);
    let drawn = drawn.as_array().unwrap();
    assert!(drawn.len() == charts && charts > 0);
    for chart in drawn {
        assert!(chart["shapes"].as_u64().unwrap() > 3 && chart["texts"].as_u64().unwrap() > 1, "{what}: {chart}");
        assert_eq!(chart["cut"], json!([]), "{what}: {chart}");
        assert!(chart["said"].as_str().is_some_and(|said| said.len() > 20), "{what}: {chart}");
    }
    let widths = browser.evaluate("[document.documentElement.scrollWidth, innerWidth]");
    assert!(widths[0].as_u64() <= widths[1].as_u64(), "{what}: the page is wider than the window, {widths}");
}

/// How many shapes of the first chart of a section have a colour.
fn coloured(browser: &mut Browser, title: &str, colour: &str) -> u64 {
    let title = json!(title);
    let expression = format!(
        "(() => {{ const section = [...document.querySelectorAll('section')].find(section => \
         section.querySelector('h2').textContent === {title}); return [...section.querySelector('.chart').querySelectorAll('svg path')]\
         .filter(path => getComputedStyle(path).fill === '{colour}').length; }})()"
    );
    browser.evaluate(&expression).as_u64().unwrap()
}

#[test]
fn charts_are_drawn_on_wide_and_narrow_pages_without_an_error_or_a_request() {
    let Some((mut browser, _folder)) = browser() else { return };
    for of in ["values/values.parquet", "clerk/values.csv", "program", "events/events.ndjson"] {
        let (page, file) = page(of);
        for width in WIDTHS {
            browser.open(&file, width);
            assert_sound(&mut browser, &page, &format!("{of}, {width}"));
            browser.picture(&kept().join(format!("{}-{width}.png", of.replace(['/', '.'], "-"))));
        }
    }
}

#[test]
fn what_is_drawn_is_what_was_counted() {
    let Some((mut browser, _folder)) = browser() else { return };
    let (page, file) = page("values/values.parquet");
    browser.open(&file, 1280);
    let figures = |title: &str| -> Value {
        page.summary.sections.iter().find(|section| section.title == title).unwrap().figures.clone()
    };
    let periods = figures("Rows by period")["periods"].as_u64().unwrap();
    assert!(periods > 10);
    assert_eq!(coloured(&mut browser, "Rows by period", "rgb(47, 111, 159)"), periods);
    assert_eq!(coloured(&mut browser, "Rows by organisation unit", "rgb(47, 111, 159)"), 25);
    // Rows in words, from the server's own truth: what is in the file.
    let shown = browser.evaluate("document.querySelector('header .soft').textContent");
    assert!(shown.as_str().unwrap().ends_with("rows in 1 file") && page.summary.rows > 1_000, "{shown}");
}

#[test]
fn the_receipt_stands_at_the_top_in_words() {
    let (whole, _) = page("values/values.parquet");
    assert_eq!((whole.summary.complete, whole.summary.missing), (Some(true), 0));
    assert!(whole.html.contains("Complete: everything that was asked for is there."));
    assert!(whole.html.contains("values.parquet is the file that the receipt names, unchanged."));
    let (part, _) = page("clerk/values.csv");
    assert_eq!(part.summary.complete, Some(false));
    assert!(part.html.contains("Not complete: ") && part.summary.missing > 0);
    // The forbidden region by its name, and why.
    assert!(
        part.html.contains("Région B (EKn62NXfc2R)") || part.html.contains("Région C (NtWChRAt5RU)"),
        "the region is named"
    );
    let (unknown, _) = page("events/events.ndjson");
    assert_eq!(unknown.summary.complete, None);
    assert!(unknown.html.contains("Not known: there is no receipt."));
}

/// Few relationships are a graph, whole within its place, with numbers for uids.
#[test]
fn few_relationships_are_a_graph() {
    let Some((mut browser, _folder)) = browser() else { return };
    let folder = TempDir::new().unwrap();
    let row = |number: usize| {
        format!("Relation{number:03},RelTypeId01,tracked_entity,Person{:05},event,Visit{number:06}\n", number / 3)
    };
    let rows: String = (0..24).map(row).collect();
    let file = folder.path().join("relationships.csv");
    fs::write(&file, format!("relationship_id,relationship_type_id,from_type,from_id,to_type,to_id\n{rows}")).unwrap();
    let page = report(&file, &ReportOptions::default()).unwrap();
    assert!(!page.html.contains("Person0"));
    let file = kept().join("relationships.html");
    page.write(&file).unwrap();
    for width in WIDTHS {
        browser.open(&file, width);
        assert_sound(&mut browser, &page, &format!("a graph, {width}"));
        // Eight persons, each with three visits.
        assert_eq!(coloured(&mut browser, "Relationships", "rgb(47, 111, 159)"), 8 + 1, "with the legend's");
        assert_eq!(coloured(&mut browser, "Relationships", "rgb(179, 97, 26)"), 24 + 1, "with the legend's");
        browser.picture(&kept().join(format!("relationships-{width}.png")));
    }
}

#[test]
fn the_page_can_be_printed() {
    let Some((mut browser, _folder)) = browser() else { return };
    let (_, file) = page("program");
    browser.open(&file, 1280);
    // Paper is narrower than the window, and nobody is told when a page is put on it.
    browser.as_printed(true);
    browser.evaluate("document.body.style.width = '500px'");
    let charts = browser.evaluate(CHARTS);
    let charts = charts.as_array().unwrap();
    assert!(charts.len() > 10);
    for chart in charts {
        assert!(chart["width"].as_f64().is_some_and(|width| width <= 500.0), "{chart}");
        assert_eq!(chart["cut"], json!([]), "{chart}");
    }
    browser.evaluate("document.body.style.width = ''");
    browser.as_printed(false);
    let printed = browser.print();
    assert!(printed.starts_with(b"%PDF-") && printed.len() > 50_000, "{} bytes", printed.len());
    fs::write(kept().join("program.pdf"), printed).unwrap();
}

#[test]
fn a_window_that_becomes_narrow_is_drawn_anew() {
    let Some((mut browser, _folder)) = browser() else { return };
    let (page, file) = page("values/values.parquet");
    browser.open(&file, 1280);
    browser.set_width(360);
    browser.evaluate("new Promise(done => setTimeout(done, 600))");
    assert_sound(&mut browser, &page, "from 1280 to 360");
    let width =
        browser.evaluate("Math.max(...[...document.querySelectorAll('.chart svg')].map(svg => svg.clientWidth))");
    assert!(width.as_f64().unwrap() < 360.0, "{width}");
}

/// A unit whose name is code, in a table, in a chart and in its tooltip.
#[test]
fn a_name_that_is_code_does_not_run() {
    let Some((mut browser, _folder)) = browser() else { return };
    let folder = TempDir::new().unwrap();
    let evil = "</script><script>window.ran = 1</script><img src=x onerror='window.ran = 2'>{@b|c}";
    fs::write(
        folder.path().join("values.csv"),
        "data_element_id,period,organisation_unit_id,value\nElementId01,202401,UnitIdNo001,5\nElementId01,202402,UnitIdNo001,7\n",
    )
    .unwrap();
    fs::write(
        folder.path().join("units.csv"),
        format!("id,name,level\nUnitIdNo001,{evil},1\nElementId01,{evil} element,2\n"),
    )
    .unwrap();
    let page = report(folder.path(), &ReportOptions::default()).unwrap();
    let file = folder.path().join("page.html");
    page.write(&file).unwrap();
    browser.open(&file, 1280);
    assert_sound(&mut browser, &page, "a name that is code");
    // The tooltip of the only bar.
    let shown = browser.evaluate(
        "(async () => { for (const chart of document.querySelectorAll('.chart')) { const box = chart.getBoundingClientRect(); \
         for (let x = 5; x < box.width; x += 40) for (let y = 5; y < box.height; y += 10) chart.firstElementChild.dispatchEvent(\
         new MouseEvent('mousemove', { bubbles: true, clientX: box.left + x, clientY: box.top + y })); } \
         await new Promise(done => setTimeout(done, 300)); \
         return [String(window.ran), document.querySelectorAll('img, iframe, object').length, document.body.textContent.includes('onerror')]; })()",
    );
    assert_eq!(shown, json!(["undefined", 0, true]));
    assert_eq!(browser.evaluate(SELF)["problems"], "0");
}

/// What the other tests look for is there to be found: a page that asks for something says so, and does not get it.
#[test]
fn a_page_that_asked_for_something_would_be_found_out() {
    let Some((mut browser, _folder)) = browser() else { return };
    let (page, _) = page("values/values.parquet");
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("page.html");
    let inserted = "<main><img src=\"http://127.0.0.1:9/x.png\"><script>window.ran = 1</script>";
    fs::write(&file, page.html.replacen("<main>", inserted, 1)).unwrap();
    browser.open(&file, 1280);
    assert_eq!(browser.evaluate("String(window.ran)"), "undefined");
    assert!(
        browser.complaints().iter().any(|complaint| complaint.contains("Content Security Policy")),
        "{:?}",
        browser.complaints()
    );
}
