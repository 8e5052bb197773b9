"""The full texts of the regulations in the database, article by article beside the rule version they belong to."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext as _

from jurisdictions.article_texts import texts_of
from jurisdictions.models import ArticleText, RuleVersion
from jurisdictions.rules.loader import LoadResult, RuleError


def text_path(rule_file: Path) -> Path:
    """Where a rule file's regulation stands: `regulations/NAME.txt` beside `rules/NAME.yaml`."""
    return rule_file.parent.parent / "regulations" / f"{rule_file.stem}.txt"


def regulation_texts(result: LoadResult) -> tuple[dict[str, str], list[RuleError]]:
    """The article texts that come with a checked rule file, and what is wrong with them.

    A file without a regulation beside it has no texts; with one, every listed article must be found in it.
    """
    path = text_path(Path(result.file))
    if result.rules is None or not path.is_file():
        return {}, []
    headings = {key: part.heading for key, part in result.rules.articles.items()}
    texts = texts_of(path.read_text(encoding="utf-8"), headings)
    missing = [key for key in headings if key not in texts]
    message = _("the regulation has no text for the article %s: correct its number, or the text")
    return texts, [RuleError(str(path), f"articles.{key}", message % key) for key in missing]


def store_texts(version: RuleVersion, texts: dict[str, str]) -> list[str]:
    """Store the texts that the version does not have yet. Returns the keys stored with another text before."""
    stored = dict(version.texts.values_list("key", "text"))
    ArticleText.objects.bulk_create(
        ArticleText(version=version, key=key, text=text) for key, text in texts.items() if key not in stored
    )
    return [key for key, text in texts.items() if stored.get(key, text) != text]


def article_text(version: RuleVersion, key: str) -> str:
    """What the article says, paragraphs on lines of their own; empty where no text is stored."""
    return version.texts.filter(key=key).values_list("text", flat=True).first() or ""
