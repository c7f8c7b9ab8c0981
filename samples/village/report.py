"""What a run without a window leaves behind, tied together on one page: `report.html`. Pure but for the files."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from convai_panda.testing import Mix

_STYLE = """
body { margin: 0 auto; max-width: 64rem; padding: 2rem 1rem; background: #1d1a24; color: #efe6d8;
       font: 16px/1.5 system-ui, sans-serif; }
h1, h2 { font-weight: 500; color: #ffcf8f; } a { color: #9fc4ff; }
figure { margin: 0 0 2rem; } img { width: 100%; border-radius: 6px; display: block; }
figcaption { color: #b9aec0; padding-top: .4rem; } audio { width: 100%; }
table { border-collapse: collapse; } td, th { padding: .15rem 1rem .15rem 0; text-align: left; vertical-align: top; }
td:first-child { color: #8f85a0; font-variant-numeric: tabular-nums; } .aside { color: #8f85a0; }
"""


def write_report(out: Path, *, lines: Sequence[str], captions: dict[str, str], figures: Sequence[str]) -> Path:
    """Write ``out/report.html`` from what is in ``out``; every link is relative to it.

    ``lines`` are those of the transcript, ``captions`` the pictures' by file name, ``figures`` sentences.
    """
    pictures = sorted(out.glob("village-*.png"), key=lambda path: _rank(path, captions))
    body = ["<h1>An evening in the village</h1>"]
    for path in pictures:
        caption = escape(captions.get(path.name, path.stem))
        body.append(
            f'<figure><img src="{escape(path.name)}" alt="{caption}"><figcaption>{caption}</figcaption></figure>'
        )
    if (out / "village.wav").is_file():
        body += ["<h2>What was heard</h2>", '<audio controls src="village.wav"></audio>', _heard(out / "village.wav")]
    body += ["<h2>What was said</h2>", "<table>", *map(_row, lines), "</table>"]
    body.append('<p><a href="transcript.txt">transcript.txt</a></p>')
    if figures:
        body += ["<h2>Figures</h2>", "<ul>", *(f"<li>{escape(figure)}</li>" for figure in figures), "</ul>"]
    page = (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>An evening in the village</title>\n<style>{_STYLE}</style>\n" + "\n".join(body) + "\n</html>\n"
    )
    report = out / "report.html"
    report.write_text(page, encoding="utf-8")
    return report


def _rank(path: Path, captions: dict[str, str]) -> tuple[int, str]:
    names = list(captions)
    return (names.index(path.name) if path.name in names else len(names), path.name)


def _heard(wav: Path) -> str:
    mix = Mix.read(wav)
    rows = ["<table><tr><th>seconds<th>left<th>right</tr>"]
    for start, end in mix.sounding(pause=1.0):
        left, right = mix.between(start, end).level()
        rows.append(f"<tr><td>{start:.1f} to {end:.1f}<td>{left:.1f} dBFS<td>{right:.1f} dBFS</tr>")
    return "\n".join([*rows, "</table>"])


def _row(line: str) -> str:
    """A line of the transcript: ``[seconds] words``; what is in brackets is no speech."""
    time, _, words = line.partition("] ")
    kind = ' class="aside"' if words.startswith("(") else ""
    return f"<tr{kind}><td>{escape(time.removeprefix('[').strip())}<td>{escape(words)}</tr>"
