"""The results as Markdown."""

OURS = "dhis2"


def markdown(report):
    machine = report["machine"]
    lines = [
        f"{report['dhis2']['version']} ({report['dhis2']['program']}), a simulated {report['server_version']} of"
        f" {report['scale']} units, {report['runs']} runs. {machine['cores']} cores ({machine['cpu']}),"
        f" {machine['memory_gb']} GB, {machine['system']}, load at the end {report['load'][0]:.1f}.",
    ]
    for name, extract in report["extracts"].items():
        lines += ["", f"### {name}: {extract['held']['rows']:,} rows", ""]
        lines += [
            "| client | wall s | of it the call s | against ours | server alone s | times the server | peak MB | requests | MB came"
            " | rows | missing | surplus | changed |",
            "|---|" + "---:|" * 12,
        ]
        ours = extract["clients"][OURS]
        lines += [_line(client, result, ours, report) for client, result in extract["clients"].items()]
        lines += [""] + [_note(client, result) for client, result in extract["clients"].items() if _note(client, result)]
    if report["left_out"]:
        lines += ["", "Left out: " + "; ".join(f"{name} ({why})" for name, why in report["left_out"].items()) + "."]
    return "\n".join(lines) + "\n"


def _line(client, result, ours, report):
    cells = [_title(client, report)]
    if result["runs"]:
        cells += [f"{result['seconds']:.2f}", "–" if client == OURS else f"{result['call_seconds']:.2f}"]
        cells += [f"{result['seconds'] / ours['seconds']:.1f}" if ours["runs"] else "–", f"{result['floor']:.2f}"]
        cells += [f"{result['seconds'] / result['floor']:.2f}", f"{result['peak_mb']:.0f}"]
    else:
        cells += ["–"] * 6
    cells += [f"{result['requests']:,}", f"{result['bytes'] / 1_000_000:,.1f}"]
    if "rows" in result:
        cells += [f"{result[key]:,}" for key in ("rows", "missing", "surplus", "changed")]
    else:
        cells += ["–"] * 4
    return "| " + " | ".join(cells) + " |"


def _title(client, report):
    """With the version that was installed."""
    environment = report["environments"].get(client)
    if environment is None:
        return "**dhis2 (ours)**"
    for package in environment["installed"]:
        name, _, version = package.partition("==")
        if name.lower().replace("_", "-") == client.lower():
            return f"{client} {version}, Python {environment['python']}"
    return f"{client}, Python {environment['python']}"


def _note(client, result):
    if "error" in result:
        return f"- {client} failed: `{result['error'].replace('`', '')}`"
    if result.get("without_columns"):
        return f"- {client} has no column for {', '.join(result['without_columns'])}; compared is the rest."
    return None
