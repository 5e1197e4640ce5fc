"""The report on a review as one HTML page: no script, nothing from elsewhere, and every text of others escaped."""

import base64
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import escape

from minivod.publishing.showing import Shown, about, judged_by, outside, plain, times
from minivod.review.model import Finding, ReviewRecord
from minivod.review.policy import clock

_POLICY = (
    "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse;width:100%;margin:0 0 2rem}"
    "th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid #ddd}"
    "th{white-space:nowrap}img{max-width:20rem;display:block}.PASS{color:#176b2c}.REJECTED{color:#a11}"
    "code{word-break:break-all}"
)


def to_html(shown: Shown, evidence: Mapping[int, bytes], made_at: datetime) -> str:
    """The page.

    Args:
        shown: the video.
        evidence: JPEG, or WAV of what was said, by the place of a finding in the record.
        made_at: when the report is made.
    """
    title = f"Review of video {shown.file_id}"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
        '<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{_text(title)}</h1>",
        _facts(shown),
        *_review(shown.record, evidence),
        _history(shown),
        f"<p>Made on {_moment(made_at)}. This page shows what was withheld from the public: keep it to yourself.</p>",
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _facts(shown: Shown) -> str:
    found = shown.publication
    digest = str(shown.newest.record.get("digest") or "") if shown.newest else ""
    said = f"{shown.standing.word} by {shown.standing.made_by}" if shown.standing else "has not said anything"
    state = found.state if found else "not published" if shown.media else "deleted"
    rows = [
        ("Name", _text(shown.media.name) if shown.media else "–"),
        ("Application", str(shown.sub_app_id)),
        ("State", f'<b class="{escape(state)}">{escape(state)}</b>'),
        ("SourceDefinition", str(found.definition) if found else "–"),
        ("Task", f"<code>{_text(found.task_id)}</code>" if found else "–"),
        ("Reviewed", _moment(shown.reviewed_at)),
        ("Operator", _text(said)),
        ("Policy now", f"version {shown.policy} of the application's own" if shown.policy else "that of the settings"),
        ("Detectors, models, lists", f"<code>{_text(digest or '–')}</code>"),
    ]
    return _table((), ((f"<th>{name}</th>", f"<td>{value}</td>") for name, value in rows))


def _review(record: ReviewRecord | None, evidence: Mapping[int, bytes]) -> list[str]:
    if record is None:
        return ["<h2>Review</h2><p>No review has seen this video.</p>"]
    rows = (_cells(row.Type, row.Suggestion, f"{row.Confidence:g}") for row in record.summary)
    parts = {name: f"looked for in part: {part}" for name, part in record.partly.items()}
    gaps = "".join(f"<li>{_text(name)}: {_text(why)}</li>" for name, why in (record.uncovered | parts).items())
    dropped = f"<p>{record.findings_dropped} more, less certain, were not kept.</p>" if record.findings_dropped else ""
    return [
        f"<h2>Review</h2><p>{_text(record.message)}</p>",
        _table(("Type", "Suggestion", "Confidence"), rows),
        "".join(f"<p>{_text(line)}</p>" for line in outside(record)),
        "".join(f"<p>Judged by: {_text(line)}</p>" for line in judged_by(record)),
        f"<h2>Findings</h2>{_findings(record.findings, evidence)}{dropped}",
        f"<h2>Not looked for</h2><ul>{gaps or '<li>nothing was left out</li>'}</ul>",
        f"<p>{record.samples_seen} frames were sampled, {record.samples_inspected} inspected; the others looked the "
        f"same. {record.second_looks} were looked at again. {record.heard:g} s of sound were listened to."
        f"{_stopped(record)}</p>",
    ]


def _stopped(record: ReviewRecord) -> str:
    if record.stopped_at is None:
        return ""
    return f" <b>The review stopped at {clock(record.stopped_at)}: nobody looked at the rest.</b>"


def _findings(findings: list[Finding], evidence: Mapping[int, bytes]) -> str:
    if not findings:
        return "<p>None.</p>"
    rows = []
    for place, finding in enumerate(findings):
        kept = _evidence(finding, evidence[place]) if place in evidence else "nothing was kept"
        told = _cells(
            times(finding), finding.category, finding.label, f"{finding.confidence:g}", finding.detector, about(finding)
        )
        rows.append((*told, f"<td>{kept}</td>"))
    return _table(("Time", "Category", "Found", "Confidence", "Detector", "Seen", "Evidence"), rows)


def _evidence(finding: Finding, content: bytes) -> str:
    text = base64.b64encode(content).decode()
    if finding.heard:
        return f'<audio controls preload="none" src="data:audio/wav;base64,{text}"></audio>'
    return f'<img alt="" src="data:image/jpeg;base64,{text}">'


def _history(shown: Shown) -> str:
    rows = [
        (
            f"<td>{_moment(one.made_at)}</td>",
            *_cells(one.word, one.made_by, one.reason, f"{one.state_before or '–'} → {one.state_after or '–'}"),
        )
        for one in shown.history
    ]
    return "<h2>What operators said</h2>" + (
        _table(("Time", "Word", "By", "Why", "State"), rows) if rows else "<p>Nothing.</p>"
    )


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f"<table>{f'<tr>{head}</tr>' if head else ''}{body}</table>"


def _cells(*texts: str) -> tuple[str, ...]:
    return tuple(f"<td>{_text(text)}</td>" for text in texts)


def _text(text: str) -> str:
    return f"<bdi>{escape(plain(text))}</bdi>"


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if moment else "–"
