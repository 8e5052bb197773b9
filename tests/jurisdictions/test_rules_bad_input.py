"""What a rule file may be given by mistake or malice: refused soon, with line, reason and what to write instead."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jurisdictions.rules.loader import load_text
from tests.jurisdictions.rule_text import TEXT

pytestmark = pytest.mark.usefixtures("english")
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 30)
)


def parameters(number: int, rows: int) -> str:
    """Parameters that each cut the amounts into many cases."""
    row = "{{id: r{i}, when: {{investment: {{at_least: {low}, below: {high}}}}}, value: {i}, articles: 3, text: t}}"
    return "".join(
        f"  p{each}: {{unit: day, rows: ["
        + ", ".join(row.format(i=i + 1, low=i * 10 + each, high=i * 10 + 10 + each) for i in range(rows))
        + "]}\n"
        for each in range(number)
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (TEXT + "# " + "x" * 5_000_000, "too large"),
        ("a: [" + "x," * 900_000 + "]", "too large"),
        ("a: " + "[" * 100_000 + "]" * 100_000, "deeply"),
        ("a: " + "{a: " * 500 + "1" + "}" * 500, "deeply"),
        (BOMB, "too large"),
        (TEXT + BOMB, "too large"),
        ("a: &a [*a]", "contains itself"),
        ("null", "empty"),
        (TEXT.replace("parameters:\n", "parameters:\n" + parameters(8, 60)).replace(
            "amount: 10, unit: working_day, after: declaration, articles: [SX-3(2)]}",
            "amount: p0, after: declaration, pauses: ["
            + ", ".join(f"{{key: k{each}, text: t, limit: {{amount: p{each}}}}}" for each in range(1, 8)) + "]}",
        ), "too many cases"),
    ],
)  # fmt: skip
def test_a_file_that_would_fill_the_memory_is_refused_soon(text, reason):
    begun = time.monotonic()
    errors = load_text(text, file="x.yaml").errors
    assert time.monotonic() - begun < 10
    assert any(reason in error.message for error in errors), errors[:3]


@pytest.mark.parametrize(
    ("old", "new", "instead"),
    [
        ("{at_least: 500000}", "{at_least: 5,000,000}", "without separators"),
        ("{at_least: 500000}", '{at_least: "5,000,000"}', "5000000"),
        ("{at_least: 500000}", "{at_least: 500万}", "5000000"),
        ("{at_least: 500000}", "{at_least: 1.5亿}", "150000000"),
        ("{value: 10000000}", "{value: 1000万元}", "10000000"),
        ("{ratio: {at_most: 0.10}}", "{ratio: {at_most: 10%}}", "0.1"),
        ("  - step: joint_review", "\t- step: joint_review", "spaces"),
        ("version: 1", "version：1", "half-width"),
    ],
)
def test_a_slip_of_the_pen_is_told_with_what_to_write_instead(old, new, instead):
    line = TEXT[: TEXT.index(old)].count("\n") + 1
    errors = load_text(TEXT.replace(old, new), file="x.yaml").errors
    assert [error for error in errors if error.line == line and instead in error.message], errors


@pytest.mark.parametrize(
    "text",
    [
        "route: abc\n",
        "terms: {a: b, c: [d]}\nparameters: {a: b, c: [d], e: {rows: x}}\nexcept: {a: b}\n",
        "route: {initiation: abc, x: {y: z}}\narticles: {1: {a: {b: c}}}\ndocuments: {1: {2: 3}, 4: 5}\n",
        "county: {code: a, prefix: AA, name: x}\nmaterials: {1: 2, 3: [4]}\nexcept: [1, {id: 2}]\n",
        "1: 2\n3: {4: 5}\n",
    ],
)
def test_words_in_the_wrong_shape_are_errors_and_no_crash(text):
    assert load_text(text, file="x.yaml").errors


@pytest.mark.parametrize(("locale", "word"), [("zh_CN.UTF-8", "缺少"), ("en_GB.UTF-8", "missing"), ("C", "缺少")])
def test_the_check_speaks_the_language_of_the_terminal(tmp_path, locale, word):
    path = tmp_path / "x.yaml"
    path.write_text("version: 1\n", encoding="utf-8")
    environ = {**{k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}, "LANG": locale}
    command = [sys.executable, "-X", "utf8", "-m", "jurisdictions.rules.lint", str(path)]
    environ.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(command, env=environ, cwd=Path(__file__).parents[2], capture_output=True, check=False)
    assert done.returncode == 1
    assert word in done.stdout.decode()
