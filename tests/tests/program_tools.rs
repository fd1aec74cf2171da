//! What the program does beside extracts: profiles, names for ids, looking at a server, shells, manual pages.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Output, Stdio};

use dhis2_simulator::{CLERK, CLERK_PASSWORD, Faults, SUPERUSER_TOKEN};
use dhis2_tests::program::command;
use dhis2_tests::served::Served;
use serde_json::Value;
use tempfile::TempDir;

const ROOT: &str = "KdK92fYEfTw";
const ANC: &str = "T4KUa2dgu2M";
const MONTHLY: &str = "pPqq629bfL1";

fn run(folder: &TempDir, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    command(folder.path(), environment, arguments).output().unwrap()
}

fn run_with_input(folder: &TempDir, arguments: &[&str], input: &str) -> Output {
    let mut command = command(folder.path(), &[], arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn ok(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", errors(output));
    printed(output)
}

/// A token, as the superuser of a server.
fn as_superuser(url: &str) -> [(&str, &str); 2] {
    [("DHIS2_URL", url), ("DHIS2_TOKEN", SUPERUSER_TOKEN)]
}

/// All files below a folder, with what they hold.
fn files(folder: &std::path::Path) -> Vec<(std::path::PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            found.push((path, text));
        }
    }
    found
}

#[test]
fn a_profile_is_asked_as_its_account_and_its_secret_is_shown_nowhere() {
    let served = Served::of_line("2.42");
    let url = served.url();
    let folder = TempDir::new().unwrap();
    let add = ["profile", "add", "country", "--url", &url, "--token-stdin"];
    let output = run_with_input(&folder, &add, &format!("{SUPERUSER_TOKEN}\n"));
    assert!(ok(&output).is_empty() && errors(&output).contains("in use from now on"), "{}", errors(&output));
    let clerk = ["profile", "add", "clerk", "--url", &url, "--username", CLERK, "--password-stdin"];
    let output = run_with_input(&folder, &clerk, CLERK_PASSWORD);
    ok(&output);

    // The one in use, another by option, another by variable.
    let who = |environment: &[(&str, &str)], more: &[&str]| {
        let said = ok(&run(&folder, environment, &[&["doctor", "--json"][..], more].concat()));
        let said: Value = serde_json::from_str(&said).unwrap();
        let checks = said["checks"].as_array().unwrap();
        checks.iter().find(|check| check["subject"] == "account").unwrap()["found"].as_str().unwrap().to_owned()
    };
    assert_eq!(who(&[], &[]), "admin");
    assert_eq!(who(&[], &["--profile", "clerk"]), CLERK);
    assert_eq!(who(&[("DHIS2_PROFILE", "clerk")], &[]), CLERK);
    // The environment is stronger than a profile, an option stronger than the environment.
    assert_eq!(who(&[("DHIS2_TOKEN", SUPERUSER_TOKEN), ("DHIS2_URL", &url)], &["--profile", "clerk"]), "admin");
    let both = [("DHIS2_TOKEN", SUPERUSER_TOKEN), ("DHIS2_PASSWORD", CLERK_PASSWORD)];
    assert_eq!(who(&both, &["--username", CLERK]), CLERK);
    ok(&run(&folder, &[], &["profile", "use", "clerk"]));
    assert_eq!(who(&[], &[]), CLERK);

    let list: Value = serde_json::from_str(&ok(&run(&folder, &[], &["profile", "list", "--json"]))).unwrap();
    let names: Vec<&str> = list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["clerk", "country"]);
    let mut said = format!("{list}{}", ok(&run(&folder, &[], &["profile", "list"])));
    said += &ok(&run(&folder, &[], &["profile", "show", "country"]));
    said += &ok(&run(&folder, &[], &["profile", "show", "--json"]));
    assert!(!said.contains(SUPERUSER_TOKEN) && !said.contains(CLERK_PASSWORD), "{said}");
    for (path, text) in files(folder.path()) {
        let is_secret = path.parent().unwrap().ends_with("config/secrets");
        assert_eq!(text.contains(SUPERUSER_TOKEN) || text.contains(CLERK_PASSWORD), is_secret, "{}", path.display());
    }

    ok(&run(&folder, &[], &["profile", "remove", "country"]));
    ok(&run(&folder, &[], &["profile", "remove", "clerk"]));
    assert!(files(&folder.path().join("config")).iter().all(|(path, _)| path.ends_with("profiles.toml")));
    let output = run(&folder, &[], &["doctor"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("no server given"), "{}", errors(&output));
}

#[test]
fn a_profile_that_cannot_be_is_refused() {
    let folder = TempDir::new().unwrap();
    let add = |name: &str, more: &[&str], input: &str| {
        let words = ["profile", "add", name, "--url", "https://play.example.org/dhis"];
        run_with_input(&folder, &[&words[..], more].concat(), input)
    };
    ok(&add("play", &["--token-stdin"], "d2p_secret"));
    for (name, more, input, problem) in [
        ("play", &["--token-stdin"][..], "d2p_other", "already"),
        ("../play", &["--token-stdin"], "d2p_other", "cannot be the name"),
        ("empty", &["--token-stdin"], "\n", "no secret"),
        ("none", &[], "", "nobody is there to be asked"),
    ] {
        let output = add(name, more, input);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(errors(&output).contains(problem), "{}", errors(&output));
    }
    let words = ["profile", "add", "x", "--url", "https://me:Wr0ng@play.example.org", "--token-stdin"];
    let output = run_with_input(&folder, &words, "d2p_secret");
    assert!(output.status.code() == Some(1) && !errors(&output).contains("Wr0ng"), "{}", errors(&output));
    ok(&add("play", &["--token-stdin", "--replace"], "d2p_other"));
    let output = run(&folder, &[], &["doctor", "--profile", "nosuch"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("there is play"), "{}", errors(&output));
}

#[test]
fn the_login_of_a_profile_goes_to_its_own_server_only() {
    let served = Served::of_line("2.42");
    let other = served.another(Faults::default());
    let folder = TempDir::new().unwrap();
    let add = ["profile", "add", "country", "--url", &served.url(), "--token-stdin"];
    ok(&run_with_input(&folder, &add, SUPERUSER_TOKEN));
    for more in [&["--profile", "country"][..], &[]] {
        let output = run(&folder, &[("DHIS2_URL", &other.base_url())], &[&["metadata", "programs"][..], more].concat());
        assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
    }
    assert_eq!(other.requests(), 0);
    let same = format!("{}/", served.url());
    ok(&run(&folder, &[("DHIS2_URL", &same)], &["metadata", "programs"]));
}

#[cfg(unix)]
#[test]
fn a_secret_that_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let served = Served::of_line("2.42");
    let folder = TempDir::new().unwrap();
    let add = ["profile", "add", "country", "--url", &served.url(), "--token-stdin"];
    ok(&run_with_input(&folder, &add, SUPERUSER_TOKEN));
    let secrets = folder.path().join("config/secrets");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&secrets), mode(&secrets.join("country"))), (0o700, 0o600));
    for (path, open, closed) in [(secrets.join("country"), 0o640, 0o600), (secrets.clone(), 0o755, 0o700)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
        let output = run(&folder, &[], &["metadata", "programs"]);
        assert_eq!(output.status.code(), Some(1));
        let said = errors(&output);
        assert!(said.contains("can be read by others") && said.contains("chmod"), "{said}");
        fs::set_permissions(&path, fs::Permissions::from_mode(closed)).unwrap();
    }
    ok(&run(&folder, &[], &["metadata", "programs"]));
}

#[cfg(unix)]
#[test]
fn a_command_for_a_token_is_run_when_asked_and_its_token_is_told_nobody() {
    let (address, heard) = listener();
    let folder = TempDir::new().unwrap();
    let secret = "eyJhbGciOi.J9-secret_token";
    let script = format!("echo ran >> runs; echo; echo '  {secret}  '");
    let add = ["profile", "add", "sso", "--url", &address, "--token-command", &script];
    ok(&run(&folder, &[], &add));
    ok(&run(&folder, &[], &["profile", "show", "sso"]));
    assert!(!folder.path().join("runs").exists(), "it is run when a connection is made");
    let output = run(&folder, &[], &["metadata", "programs"]);
    assert_eq!(heard.join().unwrap(), format!("Bearer {secret}"));
    assert_eq!(fs::read_to_string(folder.path().join("runs")).unwrap(), "ran\n");
    assert!(!errors(&output).contains(secret) && !printed(&output).contains(secret));

    let failing = [("DHIS2_URL", &*address), ("DHIS2_TOKEN_COMMAND", "echo secret; exit 7")];
    let output = run(&folder, &failing, &["metadata", "programs"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains('7') && !errors(&output).contains("secret"), "{}", errors(&output));
}

/// A server that hears one request and hangs up: its address, and how the request logged in.
fn listener() -> (String, std::thread::JoinHandle<String>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let head: Vec<String> = lines.map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
        stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        let login = head.iter().find_map(|line| line.strip_prefix("authorization: "));
        login.unwrap_or_default().to_owned()
    });
    (address, heard)
}

#[test]
fn a_token_on_the_command_line_works_with_a_warning() {
    let served = Served::of_line("2.42");
    let folder = TempDir::new().unwrap();
    let url = served.url();
    let output = run(&folder, &[("DHIS2_URL", &url)], &["metadata", "programs", "--token", SUPERUSER_TOKEN]);
    assert!(ok(&output).contains(ANC));
    let said = errors(&output);
    assert!(said.starts_with("warning: a token on the command line") && !said.contains(SUPERUSER_TOKEN), "{said}");
    let output = run(&folder, &as_superuser(&url), &["metadata", "programs"]);
    ok(&output);
    assert_eq!(errors(&output), "");
}

#[test]
fn names_and_codes_stand_for_ids_and_it_is_said_for_which() {
    for line in ["2.38", "2.41", "2.43"] {
        let served = Served::of_line(line);
        let folder = TempDir::new().unwrap();
        let url = served.url();
        let named = |plural: &str, id: &str| {
            let object = served.exported(plural).iter().find(|object| object["id"] == id).unwrap();
            object["name"].as_str().unwrap().to_owned()
        };
        let (set, unit, program) =
            (named("dataSets", MONTHLY), named("organisationUnits", ROOT), named("programs", ANC));
        let values = ["extract", "data-values", "--period", "202401", "--include-children", "-o"];
        let by_name = [&values[..], &["n.csv", "--data-set", &set, "--org-unit", &unit]].concat();
        let output = run(&folder, &as_superuser(&url), &by_name);
        ok(&output);
        assert!(errors(&output).contains(MONTHLY) && errors(&output).contains(ROOT), "{}", errors(&output));
        let by_id = [&values[..], &["i.csv", "--data-set", MONTHLY, "--org-unit", ROOT]].concat();
        let output = run(&folder, &as_superuser(&url), &by_id);
        ok(&output);
        assert_eq!(errors(&output), "");
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(read("n.csv").lines().count() > 10 && read("n.csv") == read("i.csv"), "{line}");

        // A recording holds the look-up, and a plan the name.
        let events = ["extract", "events", "--program", &program, "--org-unit", ROOT];
        ok(&run(&folder, &as_superuser(&url), &[&events[..], &["-o", "e.csv", "--record", "e.har"]].concat()));
        ok(&run(&folder, &[], &[&events[..], &["-o", "r.csv", "--replay", "e.har"]].concat()));
        assert_eq!(read("e.csv"), read("r.csv"));
        let plan = ok(&run(&folder, &as_superuser(&url), &[&events[..], &["--plan", "json"]].concat()));
        fs::write(folder.path().join("plan.json"), plan).unwrap();
        ok(&run(&folder, &as_superuser(&url), &["run", "plan.json", "-o", "p.csv"]));
        assert_eq!(read("e.csv"), read("p.csv"));

        let output =
            run(&folder, &as_superuser(&url), &["extract", "events", "--program", "Nosuch", "--org-unit", ROOT]);
        assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
    }
}

#[test]
fn a_search_prints_machine_output_only_and_its_ids_are_completed_without_a_server() {
    let served = Served::of_line("2.40");
    let own = served.another(Faults::default());
    let folder = TempDir::new().unwrap();
    let url = own.base_url();
    let output = run(&folder, &as_superuser(&url), &["search", ANC, "--json"]);
    let found: Value = serde_json::from_str(&ok(&output)).unwrap();
    assert_eq!((&found[0]["kind"], &found[0]["id"]), (&"program".into(), &ANC.into()), "{found}");
    assert_eq!(errors(&output), "");
    let csv = ok(&run(&folder, &as_superuser(&url), &["search", ROOT]));
    assert!(csv.starts_with("kind,id,code,name,within\norganisation unit,KdK92fYEfTw,"), "{csv}");

    let asked = own.requests();
    let complete = |url: &str, words: &[&str]| {
        let place = (words.len() - 1).to_string();
        let shell = [("DHIS2_COMPLETE", "bash"), ("_CLAP_IFS", "\n"), ("_CLAP_COMPLETE_INDEX", &place)];
        let environment = [&as_superuser(url)[..], &shell].concat();
        ok(&run(&folder, &environment, &[&["--"][..], words].concat()))
    };
    assert_eq!(complete(&url, &["dhis2", "extract", "events", "--program", "T4K"]).trim(), ANC);
    assert_eq!(
        complete(&url, &["dhis2", "extract", "events", "--org-unit", &format!("{ROOT},Kd")]).trim(),
        format!("{ROOT},{ROOT}")
    );
    // What belongs to another server is not offered.
    assert_eq!(complete("https://play.example.org", &["dhis2", "extract", "events", "--program", "T4K"]).trim(), "");
    assert!(complete(&url, &["dhis2", "extract", "enrollment-a"]).contains("enrollment-attributes"));
    assert_eq!(own.requests(), asked, "no server is asked");
    for (path, text) in files(&folder.path().join("cache")) {
        assert!(!text.contains(SUPERUSER_TOKEN), "{}", path.display());
    }
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(ok(&run(&folder, &[], &["completion", shell])).contains("DHIS2_COMPLETE"), "{shell}");
    }
}

#[test]
fn the_doctor_ends_with_3_where_extracts_are_prevented() {
    let served = Served::of_line("2.43");
    let folder = TempDir::new().unwrap();
    let url = served.url();
    let output = run(&folder, &as_superuser(&url), &["doctor"]);
    assert!(ok(&output).contains("DHIS2 2.43.1, which is known"));
    let wrong = [("DHIS2_URL", &*url), ("DHIS2_USERNAME", "admin"), ("DHIS2_PASSWORD", "Wr0ng-secret")];
    let output = run(&folder, &wrong, &["doctor", "--json"]);
    assert_eq!(output.status.code(), Some(3));
    let said: Value = serde_json::from_str(&printed(&output)).unwrap();
    assert_eq!(said["state"], "problem");
    assert!(!said.to_string().contains("Wr0ng"));
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_had_enough_ends_the_program_quietly() {
    let served = Served::of_line("2.42");
    let folder = TempDir::new().unwrap();
    let values =
        ["extract", "data-values", "--data-set", MONTHLY, "--start-date", "2023-01-01", "--end-date", "2024-12-31"];
    let more = ["--org-unit", ROOT, "--include-children", "--receipt", "receipt.json"];
    let url = served.url();
    for words in [[&values[..], &more].concat(), vec!["metadata", "organisation-units"]] {
        // The reader is gone before anything is written: what is short enough to stand in the pipe would otherwise be
        // taken for read.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = command(folder.path(), &as_superuser(&url), &words);
        let output = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
        assert_eq!(errors(&output), "", "{words:?}");
        assert_eq!(output.status.code(), Some(141), "{words:?}");
    }
    assert!(folder.path().join("receipt.json").exists(), "the receipt is there all the same");
}

#[test]
fn the_version_names_commit_and_target_and_colours_can_be_refused() {
    let folder = TempDir::new().unwrap();
    let version = ok(&run(&folder, &[], &["--version"]));
    let start = format!("dhis2 {} (commit ", env!("CARGO_PKG_VERSION"));
    let rest = version.strip_prefix(&start).unwrap().trim_end();
    let (commit, target) = rest.strip_suffix(')').unwrap().split_once(", ").unwrap();
    assert!(
        commit == "unknown" || commit.len() == 12 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{version}"
    );
    assert!(target.contains(std::env::consts::ARCH), "{version}");

    let colour = [("CLICOLOR_FORCE", "1")];
    assert!(ok(&run(&folder, &colour, &["--help"])).contains('\u{1b}'), "colours can be forced");
    let refused = [colour[0], ("NO_COLOR", "1")];
    assert!(!ok(&run(&folder, &refused, &["--help"])).contains('\u{1b}'));
    let wrong = run(&folder, &refused, &["no-such-command"]);
    assert!(wrong.status.code() == Some(2) && !errors(&wrong).contains('\u{1b}'));
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = TempDir::new().unwrap();
    ok(&run(&folder, &[], &["man", "-o", "share/man/man1"]));
    let pages = files(&folder.path().join("share/man/man1"));
    assert!(pages.len() > 30);
    for (path, text) in pages {
        assert!(text.contains(".SH NAME") && text.contains(".SH SYNOPSIS"), "{}", path.display());
    }
}
